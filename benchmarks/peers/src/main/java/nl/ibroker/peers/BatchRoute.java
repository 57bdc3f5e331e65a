package nl.ibroker.peers;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.ValidationException;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.kafka.KafkaConstants;
import org.apache.camel.component.kafka.consumer.KafkaManualCommit;
import org.apache.camel.processor.aggregate.GroupedMessageAggregationStrategy;
import org.xml.sax.SAXException;

/**
 * Takes what is there, validates each bericht with Camel's validator, and sends all of it
 * in one transaction. Then, and in no transaction, it commits where each partition goes
 * on: at least once, since Camel cannot send offsets to a transaction. A crash in between
 * gives the batch again. One thread.
 */
final class BatchRoute extends RouteBuilder {
  /** How to reach the cluster; `id` is the transactional id. */
  record Kafka(String bootstrap, String group, String input, String id) {}

  private static final int RECORDS = 2000; // in one transaction, as the router has it
  private static final int WAIT = 100; // ms
  private static final String BATCH = "batch";
  private static final String XSD = "xsd";
  private static final String BYTES = "org.apache.kafka.common.serialization.ByteArray";

  private final Koplezer koplezer = new Koplezer();
  private final Kafka kafka;
  private final Map<String, Path> standaarden;
  private final Adresboek adresboek;

  BatchRoute(Kafka kafka, Map<String, Path> standaarden, Adresboek adresboek) {
    this.kafka = kafka;
    this.standaarden = standaarden;
    this.adresboek = adresboek;
  }

  @Override
  public void configure() {
    errorHandler(noErrorHandler());
    from(input())
        .routeId(kafka.id())
        .process(BatchRoute::open)
        .split(body(), new GroupedMessageAggregationStrategy())
        .doTry()
        .process(this::address)
        .toD("validator:file:${exchangeProperty." + XSD + "}")
        .doCatch(ValidationException.class, SAXException.class)
        .setHeader(KafkaConstants.OVERRIDE_TOPIC, constant(Adresboek.INVALID))
        .end()
        .end()
        // A transaction ends with the exchange that it began in: this one of its own.
        .setBody(exchange -> List.of(exchange.getMessage().getBody(List.class)))
        .split(body())
        .stopOnException()
        .to(output())
        .end()
        .process(BatchRoute::commit);
  }

  private String input() {
    return "kafka:"
        + kafka.input()
        + "?brokers="
        + kafka.bootstrap()
        + "&groupId="
        + kafka.group()
        + "&batching=true&allowManualCommit=true&autoCommitEnable=false"
        + "&breakOnFirstError=true&isolationLevel=read_committed"
        + ("&maxPollRecords=" + RECORDS)
        + ("&pollTimeoutMs=" + WAIT + "&batchingIntervalMs=" + WAIT)
        + ("&keyDeserializer=" + BYTES + "Deserializer")
        + ("&valueDeserializer=" + BYTES + "Deserializer");
  }

  private String output() {
    // The batches and the buffer are those of the peer on Kafka Streams.
    return "kafka:"
        + Adresboek.INVALID
        + "?brokers="
        + kafka.bootstrap()
        + "&transactionalId="
        + kafka.id()
        + "&synchronous=true&batchWithIndividualHeaders=true"
        + "&producerBatchSize=262144&bufferMemorySize=134217728"
        + ("&keySerializer=" + BYTES + "Serializer")
        + ("&valueSerializer=" + BYTES + "Serializer");
  }

  /** Keeps what came, for the commit, and makes messages of its exchanges. */
  private static void open(Exchange exchange) {
    List<Message> messages =
        ((List<?>) exchange.getMessage().getBody())
            .stream().map(one -> ((Exchange) one).getMessage()).toList();
    exchange.setProperty(BATCH, messages);
    exchange.getMessage().setBody(messages);
  }

  private void address(Exchange exchange) throws ValidationException {
    Message message = exchange.getMessage();
    byte[] key = message.getHeader(KafkaConstants.KEY, byte[].class);
    String zender = new String(key, StandardCharsets.UTF_8);
    Kop kop = koplezer.lees(message.getBody(byte[].class));
    Path xsd = kop == null ? null : standaarden.get(kop.namespace());
    if (xsd == null) {
      throw new ValidationException(exchange, "no XSD");
    }
    // As text: of a Path Camel makes the text that is in the file.
    exchange.setProperty(XSD, xsd.toString());
    Adresboek.Adres adres = adresboek.adres(kop, zender);
    message.setHeader(KafkaConstants.OVERRIDE_TOPIC, adres.topic());
    message.setHeader(KafkaConstants.KEY, adres.key().getBytes(StandardCharsets.UTF_8));
  }

  private static void commit(Exchange exchange) {
    Map<Object, KafkaManualCommit> last = new LinkedHashMap<>();
    for (Object one : exchange.getProperty(BATCH, List.class)) {
      Message message = (Message) one;
      last.put(
          message.getHeader(KafkaConstants.PARTITION),
          message.getHeader(KafkaConstants.MANUAL_COMMIT, KafkaManualCommit.class));
    }
    last.values().forEach(KafkaManualCommit::commit);
  }
}
