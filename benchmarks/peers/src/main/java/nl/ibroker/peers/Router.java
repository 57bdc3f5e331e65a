package nl.ibroker.peers;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import javax.xml.validation.Schema;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Sends what is valid for its XSD to the topic of its receiver, the rest to one topic. */
final class Router implements Processor<byte[], byte[], byte[], Router.Routed> {
  /** The bytes as they came, and where they go. */
  record Routed(String topic, byte[] data) {}

  private final Keuring keuring;
  private final Adresboek adresboek;
  private ProcessorContext<byte[], Routed> context;

  Router(Map<String, Schema> schemas, Adresboek adresboek) {
    keuring = new Keuring(schemas);
    this.adresboek = adresboek;
  }

  @Override
  public void init(ProcessorContext<byte[], Routed> context) {
    this.context = context;
  }

  @Override
  public void process(Record<byte[], byte[]> bericht) {
    Kop kop = keuring.keur(bericht.value());
    String zender = new String(bericht.key(), StandardCharsets.UTF_8);
    Adresboek.Adres adres =
        kop == null
            ? new Adresboek.Adres(Adresboek.INVALID, zender)
            : adresboek.adres(kop, zender);
    context.forward(
        bericht
            .withKey(adres.key().getBytes(StandardCharsets.UTF_8))
            .withValue(new Routed(adres.topic(), bericht.value())));
  }
}
