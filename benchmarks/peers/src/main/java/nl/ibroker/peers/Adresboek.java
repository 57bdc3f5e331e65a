package nl.ibroker.peers;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;

/** Says where a bericht goes, by its header and who sent it. */
final class Adresboek {
  /** A topic, and the key that the bericht has there. */
  record Adres(String topic, String key) {}

  /** Where a bericht goes that is not valid, or for nobody. */
  static final String INVALID = "ggk.onbestelbaar";

  private static final String GEMEENTE = "ggk.gemeente.";
  private static final String ZORGAANBIEDER = "ggk.zorgaanbieder";
  private static final Map<String, String> FIXED =
      Map.of("/ieb/", "ggk.cak", "/ipgb/", "ggk.svb");
  private static final int CBS = 4; // digits of the code of a gemeente

  private final Set<String> topics;

  private Adresboek(Set<String> topics) {
    this.topics = topics;
  }

  /** Knows the topics of a cluster. */
  static Adresboek of(String bootstrap) throws ExecutionException, InterruptedException {
    Map<String, Object> config = Map.of("bootstrap.servers", bootstrap);
    try (Admin admin = Admin.create(config)) {
      return new Adresboek(admin.listTopics().names().get());
    }
  }

  /** The receiver of a bericht of this sender. */
  Adres adres(Kop kop, String zender) {
    String code = ontvanger(kop, zender);
    if (code == null) {
      String topic =
          FIXED.entrySet().stream()
              .filter(one -> kop.namespace().contains(one.getKey()))
              .map(Map.Entry::getValue)
              .findFirst()
              .orElse(INVALID);
      return new Adres(topic, zender);
    }
    if (code.length() != CBS) {
      return new Adres(ZORGAANBIEDER, code);
    }
    String topic = GEMEENTE + code;
    return new Adres(topics.contains(topic) ? topic : INVALID, zender);
  }

  /** The party of the header that is not the sender, null where it names none. */
  private static String ontvanger(Kop kop, String zender) {
    return Stream.of(kop.ontvanger() == null ? "" : kop.ontvanger(),
            kop.afzender() == null ? "" : kop.afzender())
        .filter(code -> !code.isEmpty() && !code.equals(zender))
        .findFirst()
        .orElse(null);
  }
}
