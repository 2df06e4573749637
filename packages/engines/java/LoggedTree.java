// A tree whose changes are noted before anyone is told of them.

import java.util.Map;
import java.util.function.Supplier;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.type.DataType;

/** Changed by `put` and `remove` alone; to clear or to rename it is a matter of the next commit of all trees. */
class LoggedTree<K, V> extends MVMap<K, V> {

  /** Asked at each change: trees are opened before the log is. */
  private final Supplier<ChangeLog> log;

  LoggedTree(Map<String, Object> config, DataType<K> keys, DataType<V> values, Supplier<ChangeLog> log) {
    super(config, keys, values);
    this.log = log;
  }

  static <K, V> MVMap.Builder<K, V> builder(DataType<K> keys, DataType<V> values, Supplier<ChangeLog> log) {
    MVMap.Builder<K, V> builder = new MVMap.Builder<>() {
      @Override
      protected MVMap<K, V> create(Map<String, Object> config) {
        return new LoggedTree<>(config, getKeyType(), getValueType(), log);
      }
    };
    return builder.keyType(keys).valueType(values);
  }

  @Override
  public V put(K key, V value) {
    V before = super.put(key, value);
    note(key, value);
    return before;
  }

  @Override
  @SuppressWarnings("unchecked")
  public V remove(Object key) {
    V before = super.remove(key);
    if (before != null) note((K) key, null);
    return before;
  }

  private void note(K key, V value) {
    ChangeLog noting = log.get();
    if (noting != null) noting.note(this, key, value);
  }
}
