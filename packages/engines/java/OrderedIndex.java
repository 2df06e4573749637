// An index on other fields than _id alone.

import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.bson.BsonRegularExpression;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.bson.MaxKey;
import de.bwaldvogel.mongo.bson.MinKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map.Entry;
import java.util.stream.Stream;
import org.h2.mvstore.MVMap;

/**
 * A tree of its own from key fields to _id. The library knows unique indexes only; one whose last field is _id is unique
 * whatever it was declared to be, so lists by a field and then by _id can be answered from it as well.
 */
final class OrderedIndex extends PlainIndex {

  private final MVMap<KeyValue, Object> positions;
  private final List<String> fields = keys();
  private final boolean declaredUnique;

  OrderedIndex(MVMap<KeyValue, Object> positions, String name, List<IndexKey> keys, boolean sparse, boolean unique) {
    super(name, keys, sparse);
    this.positions = positions;
    this.declaredUnique = unique;
  }

  /**
   * Ids of all documents whose leading key fields equal the query's, in the order of the index; null when the query says
   * nothing of them. May hold more than the query asks for, never less.
   */
  Stream<Object> idsFor(Document query) {
    if (isSparse()) return null;
    List<Object> lower = new ArrayList<>();
    for (String field : fields) {
      Object wanted = equalTo(query.get(field));
      if (wanted == null) break;
      lower.add(wanted);
    }
    if (lower.isEmpty()) return null;
    List<Object> upper = new ArrayList<>(lower);
    while (lower.size() < fields.size()) {
      Object after = fields.get(lower.size()).equals("_id") ? greaterThan(query.get("_id")) : null;
      lower.add(after == null ? MinKey.getInstance() : after);
      upper.add(MaxKey.getInstance());
    }
    return Trees.range(positions, new KeyValue(lower).normalized(), new KeyValue(upper).normalized(), false)
        .map(Entry::getValue);
  }

  /** Whether what the query finds through this index comes in the order of _id: its other field is fixed. */
  boolean ordersById(Document query) {
    return fields.size() == 2 && fields.get(1).equals("_id") && equalTo(query.get(fields.get(0))) != null;
  }

  private static Object equalTo(Object condition) {
    if (condition instanceof Document) {
      Document operators = (Document) condition;
      return operators.size() == 1 ? plain(operators.get("$eq")) : null;
    }
    return plain(condition);
  }

  private static Object greaterThan(Object condition) {
    return condition instanceof Document ? plain(((Document) condition).get("$gt")) : null;
  }

  private static Object plain(Object value) {
    boolean matchesOtherwise =
        value instanceof Document || value instanceof Collection || value instanceof BsonRegularExpression;
    return matchesOtherwise ? null : value;
  }

  @Override
  public boolean isUnique() {
    return declaredUnique;
  }

  @Override
  protected Object getPosition(KeyValue key) {
    return positions.get(key);
  }

  @Override
  protected Object removeDocument(KeyValue key) {
    return positions.remove(key);
  }

  @Override
  protected boolean putKeyPosition(KeyValue key, Object position) {
    return positions.put(key, Missing.ofNullable(position)) == null;
  }

  @Override
  protected Iterable<Entry<KeyValue, Object>> getIterable() {
    return positions.entrySet();
  }

  @Override
  public long getCount() {
    return positions.sizeAsLong();
  }

  @Override
  public boolean isEmpty() {
    return positions.isEmpty();
  }

  @Override
  public long getDataSize() {
    return getCount();
  }
}
