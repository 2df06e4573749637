package triflow.peer;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The processor without a broker, for the test that holds it against the trade desk. Reads a file of programmes and
 * records, writes what was told after each record. Every byte string has its length before it, four bytes each.
 */
public final class Replay {
  private record Told(String where, Record<Bytes, byte[]> record) {}

  public static void main(String[] args) throws IOException {
    List<Told> told = new ArrayList<>();
    Terms.Book book = new Terms.Book();
    try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(Path.of(args[0]))));
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(Path.of(args[1]))))) {
      for (int left = in.readInt(); left > 0; left--) book.open(bytes(in));
      MatchProcessor processor = new MatchProcessor(book);
      processor.init(context(told));
      for (int left = in.readInt(); left > 0; left--) {
        told.clear();
        processor.process(record(in));
        out.writeInt(told.size());
        for (Told each : told) {
          write(out, each.where.getBytes(StandardCharsets.UTF_8));
          write(out, each.record.key().get());
          write(out, each.record.headers().lastHeader("ce_type").value());
          write(out, each.record.value());
        }
      }
    }
  }

  private static Record<Bytes, byte[]> record(DataInputStream in) throws IOException {
    byte[] key = bytes(in), value = bytes(in);
    RecordHeaders headers = new RecordHeaders();
    for (int left = in.readInt(); left > 0; left--) headers.add(new String(bytes(in), StandardCharsets.UTF_8), bytes(in));
    return new Record<>(Bytes.wrap(key), value, 0, headers);
  }

  /** As much of Streams as the processor asks for. */
  @SuppressWarnings("unchecked")
  private static ProcessorContext<Bytes, byte[]> context(List<Told> told) {
    Map<Bytes, byte[]> kept = new HashMap<>();
    KeyValueStore<Bytes, byte[]> store =
        fake(
            KeyValueStore.class,
            (proxy, method, args) ->
                switch (method.getName()) {
                  case "get" -> kept.get((Bytes) args[0]);
                  case "put" -> kept.put((Bytes) args[0], (byte[]) args[1]);
                  default -> throw new UnsupportedOperationException(method.getName());
                });
    return fake(
        ProcessorContext.class,
        (proxy, method, args) ->
            switch (method.getName()) {
              case "getStateStore" -> store;
              case "currentSystemTimeMs" -> 0L;
              case "forward" -> {
                told.add(new Told((String) args[1], (Record<Bytes, byte[]>) args[0]));
                yield null;
              }
              default -> throw new UnsupportedOperationException(method.getName());
            });
  }

  @SuppressWarnings("unchecked")
  private static <T> T fake(Class<?> type, InvocationHandler handler) {
    return (T) Proxy.newProxyInstance(Replay.class.getClassLoader(), new Class<?>[] {type}, handler);
  }

  private static byte[] bytes(DataInputStream in) throws IOException {
    return in.readNBytes(in.readInt());
  }

  private static void write(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }
}
