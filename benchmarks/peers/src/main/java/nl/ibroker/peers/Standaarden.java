package nl.ibroker.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;
import org.xml.sax.SAXException;

/** Compiles the XSDs of a folder. */
final class Standaarden {
  private Standaarden() {}

  /** Gives the XSD of each target namespace, imports and all. */
  static Map<String, Schema> load(Path folder) {
    return find(folder).entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, one -> compile(one.getValue())));
  }

  /** Gives the file of the XSD of each target namespace. */
  static Map<String, Path> find(Path folder) {
    try (Stream<Path> found = Files.walk(folder)) {
      return found
          .filter(path -> path.toString().endsWith(".xsd"))
          .collect(Collectors.toMap(Standaarden::targetNamespace, Function.identity()));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static Schema compile(Path file) {
    try {
      return SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI)
          .newSchema(file.toFile());
    } catch (SAXException error) {
      throw new IllegalArgumentException(file.toString(), error);
    }
  }

  private static String targetNamespace(Path file) {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      return factory
          .newDocumentBuilder()
          .parse(file.toFile())
          .getDocumentElement()
          .getAttribute("targetNamespace");
    } catch (ParserConfigurationException | SAXException | IOException error) {
      throw new IllegalArgumentException(file.toString(), error);
    }
  }
}
