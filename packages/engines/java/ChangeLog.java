// What the trees have been told since they were last written down, in a file of its own.

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.WriteBuffer;

/**
 * A write-ahead log. A commit of the trees writes whole pages, neighbours included; a reply waits for the few bytes of its
 * change here instead. Now and then this file ends, the next begins, and the trees are committed beside it, after which the
 * ended one is deleted. What a crash leaves in the files is told to the trees again: every note says what a key holds now, so
 * hearing it twice does no harm.
 *
 * <p>One change is one frame (length, CRC-32, notes), whole or not there at all. Frames stand in the order in which
 * changes to the same key were made, for each is appended while its collection is locked.
 */
final class ChangeLog {

  private static final String FILE = "changes.";
  /** In the trees, so that it is committed with them: the number of the first file whose changes they may lack. */
  private static final String BEGINS = "triflow.log";
  private static final byte HOLDS = 1;
  private static final byte GONE = 2;
  /** Buffers that have grown beyond this are let go. */
  private static final int KEPT_BYTES = 4 << 20;
  private static final int HEADER_BYTES = 8;

  private final MVStore store;
  private final Path folder;
  private final boolean fsync;
  private final MVMap<String, Long> begins;
  private final ThreadLocal<WriteBuffer> notes = ThreadLocal.withInitial(WriteBuffer::new);
  /** How deep this thread is in a change; negative while its changes go to the trees alone. */
  private final ThreadLocal<int[]> depth = ThreadLocal.withInitial(() -> new int[1]);
  /** Frames that nobody has begun to write; guarded by `appending`. */
  private WriteBuffer pending = new WriteBuffer();
  /** Frames that were cut and are being written. */
  private WriteBuffer writing = new WriteBuffer();
  private final Object appending = new Object();
  private FileChannel file;
  private long number;
  private volatile long written;

  /** Begins a file. What an earlier one holds must have been told to the trees. */
  ChangeLog(MVStore store, Path folder, boolean fsync) throws IOException {
    this.store = store;
    this.folder = folder;
    this.fsync = fsync;
    this.begins = store.openMap(BEGINS);
    this.number = begins.getOrDefault("file", 0L);
    startOver();
  }

  /** Opens a tree by its name, so that what is told to it is not noted once more. */
  interface Opener {
    MVMap<?, ?> open(String tree);
  }

  /** Tells the trees what a crash has left. True when there was something: trees are then open that note nothing. */
  static boolean tellAgain(MVStore store, Path folder, Opener trees) throws IOException {
    MVMap<String, Long> begins = store.openMap(BEGINS);
    long first = begins.getOrDefault("file", 0L);
    // Of a process that died between a commit and the end of what it made needless.
    deleteBefore(folder, first);
    long next = first;
    while (Files.exists(folder.resolve(FILE + next))) next++;
    if (next == first) return false;
    for (long number = first; number < next; number++) {
      tellAgain(folder.resolve(FILE + number), number + 1 == next, trees);
    }
    begins.put("file", next);
    store.commit();
    store.sync();
    deleteBefore(folder, next);
    return true;
  }

  private static void deleteBefore(Path folder, long number) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, FILE + "*")) {
      for (Path file : files) {
        if (Long.parseLong(file.getFileName().toString().substring(FILE.length())) < number) Files.delete(file);
      }
    }
  }

  /** Runs one change: what it notes is one frame. Only while what it changes is locked. */
  <T> T change(Supplier<T> work) {
    int[] at = depth.get();
    if (at[0] != 0) return work.get();
    at[0]++;
    try {
      return work.get();
    } finally {
      at[0]--;
      append(notes.get());
    }
  }

  /** Runs what is to be in the next commit of the trees and nowhere else. */
  <T> T unnoted(Supplier<T> work) {
    int[] at = depth.get();
    int before = at[0];
    at[0] = -1;
    try {
      return work.get();
    } finally {
      at[0] = before;
    }
  }

  /** Notes what a tree holds under a key now; null for nothing. */
  <K, V> void note(MVMap<K, V> tree, K key, V value) {
    int at = depth.get()[0];
    if (at < 0) return;
    WriteBuffer to = notes.get();
    String name = tree.getName();
    to.put(value == null ? GONE : HOLDS).putVarInt(name.length()).putStringData(name, name.length());
    tree.getKeyType().write(to, key);
    if (value != null) tree.getValueType().write(to, value);
    if (at == 0) append(to);
  }

  private void append(WriteBuffer frame) {
    int length = frame.position();
    if (length == 0) return;
    CRC32 crc = new CRC32();
    crc.update(frame.getBuffer().array(), 0, length);
    synchronized (appending) {
      pending.putInt(length).putInt((int) crc.getValue()).put(frame.getBuffer().array(), 0, length);
    }
    if (frame.capacity() > KEPT_BYTES) notes.remove();
    else frame.clear();
  }

  /** Takes what has been appended so far, to be written next. One at a time with `write` and `startOver`. */
  void cut() {
    synchronized (appending) {
      WriteBuffer cut = pending;
      pending = writing;
      writing = cut;
    }
  }

  /** Writes what was cut. Afterwards the death of this process cannot lose it; with fsync, nor can that of the machine. */
  void write() throws IOException {
    if (writing.position() == 0) return;
    ByteBuffer bytes = writing.getBuffer();
    bytes.flip();
    written += bytes.remaining();
    while (bytes.hasRemaining()) file.write(bytes);
    forget();
    if (fsync) file.force(false);
  }

  private void forget() {
    if (writing.capacity() > KEPT_BYTES) writing = new WriteBuffer();
    else writing.clear();
  }

  /** Bytes that a crash now would leave to be told again. */
  long written() {
    return written;
  }

  /**
   * Ends the file and begins the next. Once the trees have been committed as they are now, or later, `forgetEnded` may be
   * called. No change may be under way.
   */
  void turnOver() throws IOException {
    cut();
    write();
    begin();
    begins.put("file", number);
  }

  /** Of what the trees hold. */
  void forgetEnded() throws IOException {
    deleteBefore(folder, number);
  }

  /** Commits the trees, so that what was noted so far has served its turn. No change may be under way. */
  void startOver() throws IOException {
    // In the trees already; what is noted from here on goes to the new file, and may be in the commit as well.
    cut();
    forget();
    begins.put("file", number + 1);
    commitTrees();
    begin();
    forgetEnded();
  }

  void commitTrees() throws IOException {
    store.commit();
    if (store.isClosed()) throw new IOException("the store closed itself");
    if (fsync) store.sync();
  }

  private void begin() throws IOException {
    if (file != null) file.close();
    file = FileChannel.open(
        folder.resolve(FILE + ++number),
        StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
    written = 0;
    if (fsync) force(folder);
  }

  /** So that the machine's death does not take a file's name. */
  private static void force(Path folder) throws IOException {
    try (FileChannel names = FileChannel.open(folder)) {
      names.force(true);
    }
  }

  /** The last frame of all may be cut short by the crash, for nobody was told of it. Any other damage is not passed over. */
  private static void tellAgain(Path file, boolean isLast, Opener trees) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
    while (bytes.remaining() >= HEADER_BYTES) {
      int at = bytes.position();
      int length = bytes.getInt();
      int expected = bytes.getInt();
      if (isLast && length > bytes.remaining()) return;
      CRC32 crc = new CRC32();
      int present = Math.max(0, Math.min(length, bytes.remaining()));
      crc.update(bytes.array(), bytes.position(), present);
      boolean isWhole = length > 0 && length == present && (int) crc.getValue() == expected;
      if (!isWhole) throw new IOException(file + " is damaged at byte " + at);
      int end = bytes.position() + length;
      while (bytes.position() < end) tell(bytes, trees);
    }
    if (!isLast && bytes.hasRemaining()) throw new IOException(file + " ends within a frame");
  }

  @SuppressWarnings("unchecked")
  private static void tell(ByteBuffer bytes, Opener trees) {
    boolean gone = bytes.get() == GONE;
    String name = DataUtils.readString(bytes);
    MVMap<Object, Object> tree = (MVMap<Object, Object>) trees.open(name);
    Object key = tree.getKeyType().read(bytes);
    if (gone) tree.remove(key);
    else tree.put(key, tree.getValueType().read(bytes));
  }
}
