// What our indexes have in common.

import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.AbstractUniqueIndex;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * An index that finds a key of strings, as nearly all are, without the library, which takes each path apart anew and longer
 * than the rest of a write: it is asked for four keys when a document takes the place of another, for two when it is new.
 */
abstract class PlainIndex extends AbstractUniqueIndex<Object> {

  /** Of each key field, the names on the way to it. */
  private final List<String[]> paths = new ArrayList<>();

  PlainIndex(String name, List<IndexKey> keys, boolean sparse) {
    super(name, keys, sparse);
    for (String field : keys()) paths.add(field.split("\\."));
  }

  /** Fields of a document in which its keys are. */
  void addFieldsRead(Set<String> to) {
    for (String[] path : paths) to.add(path[0]);
  }

  /** The only key of a document whose key fields all hold strings; null for any other, which the library knows about. */
  private KeyValue plainKey(Document document) {
    List<Object> values = new ArrayList<>(paths.size());
    for (String[] path : paths) {
      Object value = document;
      for (String name : path) value = value instanceof Document ? ((Document) value).get(name) : null;
      if (!(value instanceof String)) return null;
      values.add(value);
    }
    return new KeyValue(values);
  }

  private boolean isSamePlainKey(Document before, Document after) {
    KeyValue key = plainKey(before);
    return key != null && key.equals(plainKey(after));
  }

  @Override
  public Set<KeyValue> getKeyValues(Document document) {
    KeyValue key = plainKey(document);
    return key == null ? super.getKeyValues(document) : Set.of(key);
  }

  @Override
  public synchronized void checkAdd(Document document, MongoCollection<Object> collection) {
    KeyValue key = plainKey(document);
    if (key == null || containsKey(key)) super.checkAdd(document, collection);
  }

  @Override
  public synchronized void checkUpdate(Document before, Document after, MongoCollection<Object> collection) {
    if (!isSamePlainKey(before, after)) super.checkUpdate(before, after, collection);
  }

  @Override
  public void updateInPlace(Document before, Document after, Object position, MongoCollection<Object> collection) {
    if (!isSamePlainKey(before, after)) super.updateInPlace(before, after, position, collection);
  }
}
