package triflow.peer;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.BytesDeserializer;
import org.apache.kafka.common.serialization.BytesSerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.apache.kafka.streams.state.Stores;
import org.rocksdb.Options;

/**
 * The trade match as a Kafka Streams application: the facts of one order from all its topics, one store keyed by order.
 * Usage: Peer key=value … with brokers, application, state (a folder), broadcast, inputs (a,b,c), out, shares, dead,
 * store (memory or rocksdb), guarantee (at_least_once or exactly_once_v2), threads.
 */
public final class Peer {
  public static void main(String[] args) {
    Properties given = new Properties();
    for (String arg : args) given.setProperty(arg.substring(0, arg.indexOf('=')), arg.substring(arg.indexOf('=') + 1));
    Terms.Book book = readTerms(given.getProperty("brokers"), given.getProperty("broadcast"));
    KafkaStreams streams = new KafkaStreams(topology(given, book), settings(given));
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    streams.setStateListener((now, before) -> System.out.println("state " + now));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(20))));
    System.out.println("debtors with programmes: " + book.size());
    streams.start();
  }

  private static Topology topology(Properties given, Terms.Book book) {
    KeyValueBytesStoreSupplier supplier =
        given.getProperty("store").equals("memory")
            ? Stores.inMemoryKeyValueStore(MatchProcessor.STORE)
            : Stores.persistentKeyValueStore(MatchProcessor.STORE);
    return new Topology()
        .addSource("facts", new BytesDeserializer(), new ByteArrayDeserializer(), given.getProperty("inputs").split(","))
        .addProcessor("match", () -> new MatchProcessor(book), "facts")
        .addStateStore(
            // Every state is written once and read again much later: a cache in front of it would only cost.
            Stores.keyValueStoreBuilder(supplier, Serdes.Bytes(), Serdes.ByteArray()).withLoggingEnabled(Map.of()).withCachingDisabled(),
            "match")
        .addSink(MatchProcessor.OUT, given.getProperty("out"), new BytesSerializer(), new ByteArraySerializer(), "match")
        .addSink(MatchProcessor.SHARES, given.getProperty("shares"), new BytesSerializer(), new ByteArraySerializer(), "match")
        .addSink(MatchProcessor.DEAD, given.getProperty("dead"), new BytesSerializer(), new ByteArraySerializer(), "match");
  }

  private static Properties settings(Properties given) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, given.getProperty("brokers"));
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, given.getProperty("application"));
    settings.put(StreamsConfig.STATE_DIR_CONFIG, given.getProperty("state"));
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, given.getProperty("guarantee"));
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, given.getProperty("threads"));
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, "1");
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, "100");
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, "0");
    settings.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, LargeMemtable.class);
    settings.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, "2000");
    // Decisions do not depend on the order between topics, so no task waits for a topic that has nothing now.
    settings.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, "-1");
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), "4000");
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), "131072");
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), String.valueOf(64L << 20));
    settings.put("enable.metrics.push", "false");
    return settings;
  }

  /** Fewer, larger files than the default of 16 MB makes of half a million states. */
  public static final class LargeMemtable implements RocksDBConfigSetter {
    @Override
    public void setConfig(String store, Options options, Map<String, Object> configs) {
      options.setWriteBufferSize(64L << 20);
    }

    @Override
    public void close(String store, Options options) {}
  }

  /** Programmes are reference data: read to the end once, before the first fact. Every partition holds all of them. */
  private static Terms.Book readTerms(String brokers, String topic) {
    Properties settings = new Properties();
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
    settings.put("enable.metrics.push", "false");
    Terms.Book book = new Terms.Book();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> first = List.of(new TopicPartition(topic, 0));
      consumer.assign(first);
      consumer.seekToBeginning(first);
      long end = consumer.endOffsets(first).get(first.get(0));
      while (consumer.position(first.get(0)) < end)
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500)))
          if (isProgramme(record)) book.open(record.value());
    }
    return book;
  }

  private static boolean isProgramme(ConsumerRecord<byte[], byte[]> record) {
    Header type = record.headers().lastHeader("ce_type");
    return type != null && new String(type.value(), StandardCharsets.US_ASCII).endsWith(".ProgrammeOpened");
  }
}
