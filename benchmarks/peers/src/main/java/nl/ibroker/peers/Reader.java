package nl.ibroker.peers;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads what is committed to all topics of receivers, and notes when each bericht could
 * first be read: the number in its kenmerk, and the monotonic clock of the machine in
 * ns. A Java client asks for what is new only (KIP-227), and this one asks at a steady
 * pace: where a question waits at the broker, each write to any of hundreds of
 * partitions makes it look at all of them. So what is seen here is PACE late at most.
 *
 * <p>Arguments: bootstrap servers, how many berichten, how many seconds at most, and the
 * topics to leave alone. It says when it begins, and tells what it saw when it ends.
 */
public final class Reader {
  private static final String OURS = "ggk.";
  private static final String INTERN = "ggk.intern.";
  private static final String KENMERK = "kenmerk";
  private static final Duration WAIT = Duration.ofMillis(200);
  private static final int PACE = 10; // ms between two questions
  private static final int OTHERS = 3; // the arguments before them

  private Reader() {}

  public static void main(String[] arguments) {
    long[] seen = new long[Integer.parseInt(arguments[1])];
    long seconds = Long.parseLong(arguments[2]);
    List<String> others = Arrays.asList(arguments).subList(OTHERS, arguments.length);
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers",
            arguments[0],
            "isolation.level",
            "read_committed",
            "enable.auto.commit",
            false,
            "fetch.max.wait.ms",
            0);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      Collection<TopicPartition> places = places(consumer, others);
      consumer.assign(places);
      consumer.seekToEnd(places);
      places.forEach(consumer::position);
      System.out.println("reading");
      read(consumer, seen, System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds));
    }
    StringBuilder told = new StringBuilder();
    for (int number = 0; number < seen.length; number++) {
      if (seen[number] != 0) {
        told.append(number).append(' ').append(seen[number]).append('\n');
      }
    }
    System.out.print(told);
  }

  private static Collection<TopicPartition> places(
      KafkaConsumer<byte[], byte[]> consumer, List<String> others) {
    List<TopicPartition> places = new ArrayList<>();
    consumer
        .listTopics()
        .forEach(
            (topic, partitions) -> {
              if (topic.startsWith(OURS)
                  && !topic.startsWith(INTERN)
                  && !others.contains(topic)) {
                for (PartitionInfo one : partitions) {
                  places.add(new TopicPartition(topic, one.partition()));
                }
              }
            });
    return places;
  }

  private static void read(
      KafkaConsumer<byte[], byte[]> consumer, long[] seen, long until) {
    int missing = seen.length;
    while (missing > 0 && System.nanoTime() < until) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PACE));
      ConsumerRecords<byte[], byte[]> records = consumer.poll(WAIT);
      long now = System.nanoTime();
      for (ConsumerRecord<byte[], byte[]> one : records) {
        int number = number(one);
        if (seen[number] == 0) {
          seen[number] = now;
          missing--;
        }
      }
    }
  }

  private static int number(ConsumerRecord<byte[], byte[]> one) {
    byte[] kenmerk = one.headers().lastHeader(KENMERK).value();
    return Integer.parseInt(new String(kenmerk, StandardCharsets.US_ASCII));
  }
}
