// A MongoDB-compatible server for development and tests: one file on disk, and no reply before its write is in that file.

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.regex.Pattern;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.RandomAccessStore;

/**
 * Starts mongo-java-server over H2's MVStore with a commit before every reply. The stock backend
 * commits in the background up to a second later, so a kill -9 would lose writes it had acknowledged.
 *
 * <p>Usage: {@code DurableMongo PORT DATA_DIR commit|fsync [OWNER_PID]}. PORT 0 takes any free one; the
 * port in use is written to DATA_DIR/port once the server listens. {@code commit} survives the death of
 * the process, {@code fsync} also that of the machine. With an owner, the server ends when that process
 * does: a test that is killed must not leave servers behind.
 */
public final class DurableMongo {

  /** Exit code after a commit that failed: dying is the only honest answer to a write we cannot keep. */
  private static final int COMMIT_FAILED = 3;

  /** Commands that change nothing; all others take part in a commit. */
  private static final Set<String> READS = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  static {
    READS.addAll(List.of(
        "find", "getMore", "killCursors", "count", "distinct", "listCollections", "listIndexes",
        "listDatabases", "collStats", "dbStats", "validate", "hello", "isMaster", "ping", "buildInfo",
        "serverStatus", "whatsmyuri", "endSessions"));
  }

  private static final Pattern WRITING_STAGE = Pattern.compile("\\$(out|merge)\\b");

  private DurableMongo() {}

  /** The stock H2 backend with group commit: whoever waits while another commits mostly finds its own write done. */
  private static final class GroupCommitBackend extends H2Backend {
    private final MVStore store;
    private final boolean fsync;
    /** Writers share it, a commit owns it: a commit never catches half a command. */
    private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock(true);
    private final AtomicLong begunWrites = new AtomicLong();
    private final Object flushing = new Object();
    /** Every write up to this number is in the file. */
    private volatile long safeWrites;

    GroupCommitBackend(MVStore store, boolean fsync) {
      super(store);
      this.store = store;
      this.fsync = fsync;
    }

    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
      boolean write = isWrite(command, query);
      // Pins the version this command reads, so that pages under a long scan are not overwritten.
      MVStore.TxCounter pin = store.registerVersionUsage();
      if (write) {
        gate.readLock().lock();
        begunWrites.incrementAndGet();
      }
      try {
        return super.handleCommand(channel, database, command, query);
      } finally {
        if (write) gate.readLock().unlock();
        store.deregisterVersionUsage(pin);
        // Reads wait as well: nothing may be shown that a crash could take back.
        awaitSafe(begunWrites.get());
      }
    }

    private static boolean isWrite(String command, Document query) {
      if (!command.equalsIgnoreCase("aggregate")) return !READS.contains(command);
      return WRITING_STAGE.matcher(String.valueOf(query.get("pipeline"))).find();
    }

    private void awaitSafe(long write) {
      if (safeWrites >= write) return;
      synchronized (flushing) {
        if (safeWrites < write) flush(fsync);
      }
    }

    private void flush(boolean toDisk) {
      try {
        long upTo;
        gate.writeLock().lock();
        try {
          upTo = begunWrites.get();
          store.commit();
          if (store.isClosed()) throw new IllegalStateException("the store closed itself");
        } finally {
          gate.writeLock().unlock();
        }
        if (toDisk) store.sync();
        safeWrites = upTo;
      } catch (Throwable failure) {
        die(failure);
      }
    }

    /** Stands in for MVStore's own background thread, which would also write half-done commands. */
    void keepHouse() {
      long last = -1;
      while (true) {
        try {
          Thread.sleep(500);
          synchronized (flushing) {
            if (store.isClosed()) return;
            if (begunWrites.get() != last || store.hasUnsavedChanges()) {
              last = begunWrites.get();
              flush(true);
            }
            compactFor(100_000_000L);
          }
        } catch (Throwable failure) {
          die(failure);
        }
      }
    }

    private void compactFor(long nanos) {
      long end = System.nanoTime() + nanos;
      gate.writeLock().lock();
      try {
        while (System.nanoTime() < end && store.compact(60, 8 << 20)) {
          store.commit();
          store.sync();
        }
        if (store.getFillRate() < 50) {
          ((RandomAccessStore) store.getFileStore()).compactMoveChunks(50, 16 << 20, store);
        }
      } finally {
        gate.writeLock().unlock();
      }
    }

    @Override
    public void close() {
      synchronized (flushing) {
        super.close();
      }
    }

    private static void die(Throwable failure) {
      failure.printStackTrace();
      Runtime.getRuntime().halt(COMMIT_FAILED);
    }
  }

  /** What the drivers are told: MongoDB 7.0, wire version 21; they refuse the library's own answer of 8. */
  private enum Version implements MongoVersion {
    SEVEN;

    @Override
    public List<Integer> getVersionArray() {
      return List.of(7, 0, 0);
    }

    @Override
    public int getWireVersion() {
      return 21;
    }

    @Override
    public String toVersionString() {
      return "7.0.0";
    }
  }

  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[0]);
    Path data = Path.of(args[1]);
    boolean fsync = args[2].equals("fsync");
    Files.createDirectories(data);

    MVStore store = new MVStore.Builder()
        .fileName(data.resolve("mongo.mv").toString())
        .autoCommitDisabled()
        .autoCommitBufferSize(0)
        .cacheSize(64)
        .open();
    // Chunks older than this may be reused: housekeeping has synced them to disk by then.
    store.setRetentionTime(fsync ? 0 : 3000);
    store.commit();
    store.sync();
    // Written before the first client can connect, so a folder without it never held a promised write.
    announce(data, ".ready", "");

    GroupCommitBackend backend = new GroupCommitBackend(store, fsync);
    backend.version(Version.SEVEN);
    Thread housekeeping = new Thread(backend::keepHouse, "housekeeping");
    housekeeping.setDaemon(true);
    housekeeping.start();

    MongoServer server = new MongoServer(backend);
    // Each connection needs its own worker: with the usual four, waiters fill them and commits stop grouping.
    server.bind(new InetSocketAddress("127.0.0.1", port), 1, 128);
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    String bound = String.valueOf(server.getLocalAddress().getPort());
    if (args.length > 3) endWith(Long.parseLong(args[3]));
    announce(data, "port", bound);
    System.out.println("listening on " + bound);
    Thread.currentThread().join();
  }

  private static void endWith(long owner) {
    ProcessHandle.of(owner).ifPresentOrElse(
        process -> process.onExit().thenRun(() -> System.exit(0)),
        () -> System.exit(0));
  }

  /** Written beside and moved into place, so a reader never sees half a file. */
  private static void announce(Path folder, String name, String content) throws IOException {
    Path draft = folder.resolve(name + ".draft");
    Files.writeString(draft, content);
    Files.move(draft, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }
}
