// The job of job.cpp in Kafka Streams, exactly-once: counts events by user, and sends the count where an event closes.
// Ends once it has counted the given number of events.
//
// Usage: java Counts BROKERS TOPIC OUTPUT EVENTS APPLICATION FOLDER

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

public final class Counts {
  private static final byte[] USER = "\"user\":".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CLOSES = "\"type\":\"close\"".getBytes(StandardCharsets.US_ASCII);

  // Finds the fields by their names alone: less work than any JSON parser.
  private static int behind(byte[] text, byte[] name) {
    for (int at = 0; at + name.length <= text.length; ++at) {
      int same = 0;
      while (same < name.length && text[at + same] == name[same]) {
        ++same;
      }
      if (same == name.length) {
        return at + same;
      }
    }
    return -1;
  }

  private static long numberAt(byte[] text, int at) {
    long number = 0;
    for (; at < text.length && text[at] >= '0' && text[at] <= '9'; ++at) {
      number = 10 * number + text[at] - '0';
    }
    return number;
  }

  private static final class Count implements Processor<byte[], byte[], String, String> {
    private final AtomicLong left;
    private final CountDownLatch done;
    private ProcessorContext<String, String> context;
    private KeyValueStore<Long, Long> counts;

    Count(AtomicLong left, CountDownLatch done) {
      this.left = left;
      this.done = done;
    }

    @Override
    public void init(ProcessorContext<String, String> context) {
      this.context = context;
      counts = context.getStateStore("counts");
    }

    @Override
    public void process(Record<byte[], byte[]> event) {
      byte[] text = event.value();
      long user = numberAt(text, behind(text, USER));
      Long before = counts.get(user);
      long count = before == null ? 1 : before + 1;
      counts.put(user, count);
      if (behind(text, CLOSES) >= 0) {
        context.forward(new Record<>(Long.toString(user), Long.toString(count), event.timestamp()));
      }
      if (left.decrementAndGet() == 0) {
        done.countDown();
      }
    }
  }

  public static void main(String[] arguments) throws Exception {
    Properties settings = new Properties();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0]);
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, arguments[4]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, arguments[5]);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1000);
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    settings.put("auto.offset.reset", "earliest");

    AtomicLong left = new AtomicLong(Long.parseLong(arguments[3]));
    CountDownLatch done = new CountDownLatch(1);
    Topology topology = new Topology();
    topology.addSource("events", Serdes.ByteArray().deserializer(), Serdes.ByteArray().deserializer(), arguments[1]);
    topology.addProcessor("count", () -> new Count(left, done), "events");
    topology.addStateStore(
        Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("counts"), Serdes.Long(), Serdes.Long())
            .withCachingEnabled(),
        "count");
    topology.addSink("counts-out", arguments[2], Serdes.String().serializer(), Serdes.String().serializer(), "count");

    KafkaStreams streams = new KafkaStreams(topology, settings);
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      Runtime.getRuntime().halt(1);
      return null;
    });
    streams.start();
    done.await();
    boolean closed = streams.close(Duration.ofSeconds(60));
    System.exit(closed ? 0 : 1);
  }
}
