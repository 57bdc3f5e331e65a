package nl.ibroker.peers;

import java.io.ByteArrayInputStream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** Reads the header of a bericht, and no further. For one thread. */
final class Koplezer {
  private final XMLInputFactory factory = XMLInputFactory.newInstance();

  Koplezer() {
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
  }

  /** Gives what the header says, null where it cannot be read. */
  Kop lees(byte[] data) {
    try {
      XMLStreamReader reader = factory.createXMLStreamReader(new ByteArrayInputStream(data));
      try {
        return lees(reader);
      } finally {
        reader.close();
      }
    } catch (XMLStreamException error) {
      return null;
    }
  }

  private static Kop lees(XMLStreamReader reader) throws XMLStreamException {
    reader.nextTag();
    String namespace = reader.getNamespaceURI();
    String afzender = null;
    String ontvanger = null;
    while (reader.hasNext()) {
      int event = reader.next();
      if (event == XMLStreamReader.END_ELEMENT && reader.getLocalName().equals("Header")) {
        break;
      }
      if (event != XMLStreamReader.START_ELEMENT) {
        continue;
      }
      if (afzender == null && reader.getLocalName().equals("Afzender")) {
        afzender = reader.getElementText();
      } else if (ontvanger == null && reader.getLocalName().equals("Ontvanger")) {
        ontvanger = reader.getElementText();
      }
    }
    return new Kop(namespace, afzender, ontvanger);
  }
}
