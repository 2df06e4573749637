// Storage that acknowledges nothing a killed process could lose, and looks only where a query points.

import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.RandomAccessStore;
import org.h2.mvstore.type.DataType;

/**
 * The stock H2 backend commits in the background up to a second later, so a kill -9 would lose writes it had acknowledged;
 * it also keeps documents in Java's serialization and reads whole collections for a range. Here a reply waits until its
 * change is in the log, and whoever waits while another writes mostly finds its own change written.
 */
final class TreeBackend extends H2Backend {

  /** Exit code after a write that failed: dying is the only honest answer to a change that we cannot keep. */
  private static final int WRITE_FAILED = 3;

  /** Commands that change nothing. */
  private static final Set<String> READS = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  static {
    READS.addAll(List.of(
        "find", "getMore", "killCursors", "count", "distinct", "listCollections", "listIndexes",
        "listDatabases", "collStats", "dbStats", "validate", "hello", "isMaster", "ping", "buildInfo",
        "serverStatus", "whatsmyuri", "endSessions"));
  }

  /** Commands whose changes the collection counts one by one. */
  private static final Set<String> STATEMENTS = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  static {
    STATEMENTS.addAll(List.of("insert", "update", "delete", "findAndModify"));
  }

  private static final long HOUSEKEEPING_MS = 500;
  /** The trees are committed when the log is this long, or when nothing has happened since the last look. */
  private static final long LOGGED_BYTES = 32L << 20;
  /** Found to be longer than this, nothing is changed until they are: a commit takes memory for all that it writes. */
  private static final long LOGGED_MOST_BYTES = 2 * LOGGED_BYTES;
  private static final long COMPACTION_NANOS = 100_000_000L;
  /** Bytes that one step of compaction rewrites. */
  private static final int COMPACTED_BYTES = 4 << 20;
  /** Bytes of file up to which writers are not made to wait for compaction: a later quiet moment does it. */
  private static final long SPACIOUS_BYTES = 512L << 20;

  private static final Pattern WRITING_STAGE = Pattern.compile("\\$(out|merge)\\b");

  private static final String INDEX = "._index_";
  private static final DataType<Object> IDS = new BsonTypes.IdType();
  private static final DataType<KeyValue> KEYS = new BsonTypes.KeyType();
  private static final DataType<Object> DOCUMENTS = new BsonTypes.PackedType();

  private final MVStore store;
  private final boolean fsync;
  private final ChangeLog log;
  private final Changes changes = new Changes();
  /** Held by whoever commits the trees; asked for before `flushing`. */
  private final Object committing = new Object();
  /** Held by whoever writes the log; asked for before any change is kept away. */
  private final Object flushing = new Object();
  /** Every change up to this number is in a file. */
  private volatile long safe;

  TreeBackend(MVStore store, Path folder, boolean fsync) throws IOException {
    super(store);
    this.store = store;
    this.fsync = fsync;
    this.log = new ChangeLog(store, folder, fsync);
  }

  /** Of any name that the log may hold. */
  static MVMap<?, ?> plainTree(MVStore store, String name) {
    return name.contains(INDEX)
        ? store.openMap(name, new MVMap.Builder<KeyValue, Object>().keyType(KEYS).valueType(IDS))
        : store.openMap(name, new MVMap.Builder<Object, Object>().keyType(IDS).valueType(DOCUMENTS));
  }

  @Override
  protected MongoDatabase openOrCreateDatabase(String name) {
    return new Database(name);
  }

  /** Not static: the stock constructors open what is stored, so the store must be at hand before our fields are. */
  private final class Database extends H2Database {
    Database(String name) {
      super(name, getMvStore(), getCursorRegistry());
    }

    @Override
    protected MongoCollection<Object> openOrCreateCollection(String name, CollectionOptions options) {
      MVMap<String, Object> meta = getMvStore().openMap("meta." + getFullCollectionNamespace(name));
      return new TreeCollection(
          this, name, options, documentsOf(name), meta, cursorRegistry, () -> changes, () -> log);
    }

    @Override
    protected Index<Object> openOrCreateUniqueIndex(
        String collection, String name, List<IndexKey> keys, boolean sparse) {
      boolean byId = keys.size() == 1 && keys.get(0).getKey().equals("_id");
      if (byId) return new IdIndex(documentsOf(collection), name, keys);
      return new OrderedIndex(positionsOf(collection, name), name, keys, sparse, true);
    }

    @Override
    protected Index<Object> openOrCreateSecondaryIndex(
        String collection, String name, List<IndexKey> keys, boolean sparse) {
      boolean endsWithId = keys.get(keys.size() - 1).getKey().equals("_id");
      if (!endsWithId) return super.openOrCreateSecondaryIndex(collection, name, keys, sparse);
      return new OrderedIndex(positionsOf(collection, name), name, keys, sparse, false);
    }

    private DocumentTree documentsOf(String collection) {
      return getMvStore().openMap(
          "databases." + getFullCollectionNamespace(collection), DocumentTree.opening(IDS, DOCUMENTS, () -> log));
    }

    private MVMap<KeyValue, Object> positionsOf(String collection, String index) {
      return getMvStore().openMap(
          getFullCollectionNamespace(collection) + INDEX + index, LoggedTree.builder(KEYS, IDS, () -> log));
    }
  }

  @Override
  public Document handleCommand(Channel channel, String database, String command, Document query) {
    // Pins the version this command reads, so that pages under a long scan are not overwritten.
    MVStore.TxCounter pin = store.registerVersionUsage();
    try {
      if (!isOneChange(command, query)) return answer(channel, database, command, query);
      return alone(() -> answer(channel, database, command, query));
    } finally {
      store.deregisterVersionUsage(pin);
      // Reads wait as well: nothing may be shown that a crash could take back.
      awaitSafe(changes.newest());
    }
  }

  private Document answer(Channel channel, String database, String command, Document query) {
    if (!command.equalsIgnoreCase("hello")) return super.handleCommand(channel, database, command, query);
    // The library knows the greeting by its old name only.
    Document greeting = super.handleCommand(channel, database, "isMaster", query);
    greeting.put("isWritablePrimary", true);
    return greeting;
  }

  /** Creating, dropping, renaming: rare, and whole. */
  private static boolean isOneChange(String command, Document query) {
    if (command.equalsIgnoreCase("aggregate")) return WRITING_STAGE.matcher(String.valueOf(query.get("pipeline"))).find();
    return !READS.contains(command) && !STATEMENTS.contains(command);
  }

  /** A change of trees as such, committed before anything else can happen to them. */
  private Document alone(Supplier<Document> change) {
    Document[] answer = new Document[1];
    commitWith(() -> answer[0] = log.unnoted(change));
    return answer[0];
  }

  private void awaitSafe(long change) {
    if (safe >= change) return;
    synchronized (flushing) {
      if (safe < change) writeLog();
    }
  }

  private void writeLog() {
    orDie(() -> {
      long[] upTo = new long[1];
      changes.between(() -> {
        upTo[0] = changes.newest();
        log.cut();
      });
      log.write();
      safe = upTo[0];
    });
  }

  /** Nothing changes until the trees are committed. What is done first is in the commit, or was refused. */
  private void commitWith(Runnable first) {
    synchronized (committing) {
      synchronized (flushing) {
        changes.between(() -> {
          try {
            first.run();
          } finally {
            orDie(this::startOver);
          }
        });
      }
    }
  }

  private void startOver() throws IOException {
    log.startOver();
    safe = changes.newest();
  }

  /** Changes wait for the next file to be begun and for the commit to take in the trees, not for what it writes. */
  private void commitBeside() {
    synchronized (committing) {
      synchronized (flushing) {
        changes.between(() -> orDie(this::turnOver));
      }
      changes.betweenUntil(goOn -> FirstPage.awaited(() -> orDie(log::commitTrees), goOn));
      orDie(log::forgetEnded);
    }
  }

  private void turnOver() throws IOException {
    log.turnOver();
    safe = changes.newest();
  }

  /** Stands in for MVStore's own background thread, which would also write half-done commands. */
  void keepHouse() {
    long last = -1;
    while (true) {
      try {
        Thread.sleep(HOUSEKEEPING_MS);
        long now = changes.newest();
        boolean idle = now == last;
        last = now;
        synchronized (committing) {
          if (store.isClosed()) return;
          if (log.written() > LOGGED_MOST_BYTES) commitWith(() -> {});
          else if (log.written() > (idle ? 0 : LOGGED_BYTES)) commitBeside();
          if (idle || store.getFileStore().size() > SPACIOUS_BYTES) compact();
        }
        // Not under the lock: a disk takes its time, and all it has to keep up with is the retention time.
        if (!idle) store.sync();
      } catch (Throwable failure) {
        if (store.isClosed()) return;
        die(failure);
      }
    }
  }

  /** Whoever writes waits meanwhile. Chunks in which nothing lives any more go without it. */
  private void compact() {
    long end = System.nanoTime() + COMPACTION_NANOS;
    changes.between(() -> {
      while (System.nanoTime() < end && store.compact(60, COMPACTED_BYTES)) {
        store.commit();
        if (fsync) store.sync();
      }
      if (store.getFillRate() < 50) {
        ((RandomAccessStore) store.getFileStore()).compactMoveChunks(50, 16 << 20, store);
      }
    });
  }

  @Override
  public void close() {
    synchronized (committing) {
      if (!store.isClosed()) commitWith(() -> {});
      super.close();
    }
  }

  /** What touches the files. */
  private interface Writing {
    void run() throws IOException;
  }

  private static void orDie(Writing writing) {
    try {
      writing.run();
    } catch (Throwable failure) {
      die(failure);
    }
  }

  private static void die(Throwable failure) {
    failure.printStackTrace();
    Runtime.getRuntime().halt(WRITE_FAILED);
  }
}
