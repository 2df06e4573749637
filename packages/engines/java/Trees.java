// Ranges of a B-tree as streams.

import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.Iterator;
import java.util.Map.Entry;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;

final class Trees {

  private Trees() {}

  /** Entries from the lower to the upper bound, both included; a bound that is null is none. */
  static <K, V> Stream<Entry<K, V>> range(MVMap<K, V> tree, K lower, K upper, boolean descending) {
    Cursor<K, V> cursor = descending ? tree.cursor(upper, lower, true) : tree.cursor(lower, upper, false);
    Iterator<Entry<K, V>> entries = new Iterator<>() {
      @Override
      public boolean hasNext() {
        return cursor.hasNext();
      }

      @Override
      public Entry<K, V> next() {
        K key = cursor.next();
        return new SimpleImmutableEntry<>(key, cursor.getValue());
      }
    };
    return StreamSupport.stream(Spliterators.spliteratorUnknownSize(entries, Spliterator.ORDERED), false);
  }
}
