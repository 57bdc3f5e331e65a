package nl.ibroker.peers;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.xml.validation.Schema;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Sends what is valid for its XSD to the topic of its receiver, the rest to one topic. */
final class Router implements Processor<byte[], byte[], byte[], Router.Routed> {
  /** The bytes as they came, and where they go. */
  record Routed(String topic, byte[] data) {}

  private static final String INVALID = "ggk.onbestelbaar";
  private static final String GEMEENTE = "ggk.gemeente.";
  private static final String ZORGAANBIEDER = "ggk.zorgaanbieder";
  private static final Map<String, String> FIXED =
      Map.of("/ieb/", "ggk.cak", "/ipgb/", "ggk.svb");
  private static final int CBS = 4; // digits of the code of a gemeente

  private final Keuring keuring;
  private final Set<String> topics;
  private ProcessorContext<byte[], Routed> context;

  Router(Map<String, Schema> schemas, Set<String> topics) {
    keuring = new Keuring(schemas);
    this.topics = topics;
  }

  @Override
  public void init(ProcessorContext<byte[], Routed> context) {
    this.context = context;
  }

  @Override
  public void process(Record<byte[], byte[]> bericht) {
    Keuring.Kop kop = keuring.keur(bericht.value());
    String zender = new String(bericht.key(), StandardCharsets.UTF_8);
    String code = kop == null ? null : ontvanger(kop, zender);
    String topic = kop == null ? INVALID : topic(kop, code);
    Record<byte[], Routed> routed =
        bericht.withValue(new Routed(topic, bericht.value()));
    context.forward(
        topic.equals(ZORGAANBIEDER)
            ? routed.withKey(code.getBytes(StandardCharsets.UTF_8))
            : routed);
  }

  /** The party of the header that is not the sender, null where it names none. */
  private static String ontvanger(Keuring.Kop kop, String zender) {
    return Stream.of(kop.ontvanger() == null ? "" : kop.ontvanger(),
            kop.afzender() == null ? "" : kop.afzender())
        .filter(code -> !code.isEmpty() && !code.equals(zender))
        .findFirst()
        .orElse(null);
  }

  private String topic(Keuring.Kop kop, String code) {
    if (code == null) {
      return FIXED.entrySet().stream()
          .filter(one -> kop.namespace().contains(one.getKey()))
          .map(Map.Entry::getValue)
          .findFirst()
          .orElse(INVALID);
    }
    String topic = code.length() == CBS ? GEMEENTE + code : ZORGAANBIEDER;
    return topics.contains(topic) ? topic : INVALID;
  }
}
