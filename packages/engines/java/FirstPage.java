// The moment at which a commit has taken in what it will write.

/**
 * MVStore first takes the roots of all trees, which are never changed in place, and then writes their pages: once it writes
 * the first one, changes may go on without being in this commit. Our data types are told of every value that is written.
 */
final class FirstPage {

  private static final ThreadLocal<Runnable> AWAITED = new ThreadLocal<>();

  private FirstPage() {}

  /** Runs a commit, and `written` in it, as soon as a page is written; not at all when none is. */
  static void awaited(Runnable commit, Runnable written) {
    AWAITED.set(written);
    try {
      commit.run();
    } finally {
      AWAITED.remove();
    }
  }

  /** Whatever thread writes a value calls this; it matters to the one that commits. */
  static void written() {
    Runnable awaited = AWAITED.get();
    if (awaited == null) return;
    AWAITED.remove();
    awaited.run();
  }
}
