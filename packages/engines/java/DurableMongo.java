// A MongoDB-compatible server for development and tests: no reply before its write is in a file.

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.h2.mvstore.MVStore;

/**
 * Starts mongo-java-server over H2's MVStore with what {@link TreeBackend} adds: a log that every reply waits for, and
 * trees of BSON that answer ranges.
 *
 * <p>Usage: {@code DurableMongo PORT DATA_DIR commit|fsync [OWNER_PID]}. PORT 0 takes any free one; the
 * port in use is written to DATA_DIR/port once the server listens. {@code commit} survives the death of
 * the process, {@code fsync} also that of the machine. With an owner, the server ends when that process
 * does: a test that is killed must not leave servers behind.
 */
public final class DurableMongo {

  /** How the files are laid out; whoever starts the server refuses a folder that says otherwise. */
  private static final String FORMAT = "trees of BSON 3";

  private DurableMongo() {}

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

    MVStore store = open(data, fsync);
    MVStore opened = store;
    if (ChangeLog.tellAgain(store, data, name -> TreeBackend.plainTree(opened, name))) {
      store.close();
      store = open(data, fsync);
    }
    TreeBackend backend = new TreeBackend(store, data, fsync);
    store.sync();
    // Written before the first client can connect, so a folder without it never held a promised write.
    announce(data, ".ready", FORMAT);

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

  private static MVStore open(Path data, boolean fsync) {
    MVStore store = new MVStore.Builder()
        .fileName(data.resolve("mongo.mv").toString())
        .autoCommitDisabled()
        .autoCommitBufferSize(0)
        .cacheSize(128)
        // A commit writes whole pages, and most of what changes lies far apart.
        .pageSplitSize(4 << 10)
        .open();
    // Chunks older than this may be reused: housekeeping has synced them to disk by then.
    store.setRetentionTime(fsync ? 0 : 3000);
    return store;
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
