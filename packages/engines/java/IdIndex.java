// The index on _id.

import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.bson.Document;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;

/** The collection's own tree seen as its index on _id: nothing is kept, or written, twice. */
final class IdIndex extends PlainIndex {

  private final DocumentTree documents;

  IdIndex(DocumentTree documents, String name, List<IndexKey> keys) {
    super(name, keys, false);
    this.documents = documents;
  }

  @Override
  protected Object getPosition(KeyValue key) {
    Object id = Missing.ofNullable(key.get(0));
    return documents.has(id) ? id : null;
  }

  /** The collection removes the entry itself. */
  @Override
  protected Object removeDocument(KeyValue key) {
    return getPosition(key);
  }

  /** The collection has put the entry itself, after `checkAdd`. */
  @Override
  public void add(Document document, Object position, MongoCollection<Object> collection) {}

  @Override
  protected boolean putKeyPosition(KeyValue key, Object position) {
    return true;
  }

  @Override
  protected Iterable<Entry<KeyValue, Object>> getIterable() {
    return () -> documents.ids().<Entry<KeyValue, Object>>map(id -> Map.entry(new KeyValue(id), id)).iterator();
  }

  @Override
  public long getCount() {
    return documents.sizeAsLong();
  }

  @Override
  public boolean isEmpty() {
    return documents.isEmpty();
  }

  @Override
  public long getDataSize() {
    return getCount();
  }
}
