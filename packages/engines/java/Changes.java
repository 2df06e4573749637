// Which changes a write may hold: whole ones, and all that anyone has been told of.

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Keeps commits, cuts of the log and changes apart. A change is one document with its index entries, or one statement of
 * an update: what MongoDB, too, does wholly or not at all. A bulk of hundreds is as many changes, so that nothing waits for
 * all of it.
 */
final class Changes {

  /** Changes share it, a commit or a cut owns it. Fair, so that these do not starve. */
  private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock(true);
  private final AtomicLong begun = new AtomicLong();

  <T> T whole(Supplier<T> change) {
    gate.readLock().lock();
    begun.incrementAndGet();
    try {
      return change.get();
    } finally {
      gate.readLock().unlock();
    }
  }

  /** Number of the newest change: a cut or commit at which this number was seen `between` holds all up to it. */
  long newest() {
    return begun.get();
  }

  /** Runs while no change is under way. */
  void between(Runnable work) {
    betweenUntil(goOn -> work.run());
  }

  /** The same, but the work may let changes go on before it has ended. */
  void betweenUntil(Consumer<Runnable> work) {
    gate.writeLock().lock();
    Runnable goOn = () -> {
      if (gate.isWriteLockedByCurrentThread()) gate.writeLock().unlock();
    };
    try {
      work.accept(goOn);
    } finally {
      goOn.run();
    }
  }
}
