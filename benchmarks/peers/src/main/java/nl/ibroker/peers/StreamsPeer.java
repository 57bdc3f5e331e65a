package nl.ibroker.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import javax.xml.validation.Schema;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/**
 * The peer of `ibroker route`: Kafka Streams with exactly_once_v2 that validates against
 * the XSDs and routes; no rules, no answers, no events.
 *
 * <p>Arguments: bootstrap servers, application id, input topic, folder of XSDs, threads.
 */
public final class StreamsPeer {
  private static final Duration LEAVING = Duration.ofSeconds(20);

  private StreamsPeer() {}

  public static void main(String[] arguments) throws Exception {
    String bootstrap = arguments[0];
    Map<String, Schema> schemas = Standaarden.load(Path.of(arguments[3]));
    StreamsBuilder builder = new StreamsBuilder();
    Adresboek adresboek = Adresboek.of(bootstrap);
    builder.stream(
            arguments[2], Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
        .process(() -> new Router(schemas, adresboek))
        .to(
            (key, routed, record) -> routed.topic(),
            Produced.with(
                Serdes.ByteArray(),
                Serdes.serdeFrom(
                    (topic, routed) -> routed.data(),
                    (topic, data) -> new Router.Routed(topic, data))));
    KafkaStreams streams =
        new KafkaStreams(
            builder.build(), config(bootstrap, arguments[1], arguments[4]));
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () ->
                    streams.close(
                        CloseOptions.groupMembershipOperation(
                                CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
                            .withTimeout(LEAVING))));
    streams.start();
  }

  private static Properties config(String bootstrap, String id, String threads)
      throws IOException {
    Properties config = new Properties();
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, id);
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, threads);
    config.put(
        StreamsConfig.STATE_DIR_CONFIG, Files.createTempDirectory(id).toString());
    config.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "latest");
    // Larger batches than the default: it gains by them, as our own loop does.
    config.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 262_144);
    config.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 134_217_728L);
    return config;
  }
}
