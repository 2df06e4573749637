// The tree of a collection's documents.

import de.bwaldvogel.mongo.bson.Document;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.Page;
import org.h2.mvstore.type.DataType;

/**
 * In memory a document is what it is in the file: BSON, in one piece. As maps of maps, thousands of changed ones that
 * wait for the next commit were what the garbage collector copied, for up to half a second at a time. Whoever asks for one
 * gets a copy of its own.
 *
 * <p>Its entries and values, as the map that it is, are the bytes: `range` has the documents.
 */
final class DocumentTree extends LoggedTree<Object, Object> {

  private DocumentTree(
      Map<String, Object> config, DataType<Object> ids, DataType<Object> documents, Supplier<ChangeLog> log) {
    super(config, ids, documents, log);
  }

  static MVMap.BasicBuilder<DocumentTree, Object, Object> opening(
      DataType<Object> ids, DataType<Object> documents, Supplier<ChangeLog> log) {
    MVMap.BasicBuilder<DocumentTree, Object, Object> builder = new MVMap.BasicBuilder<>() {
      @Override
      protected DocumentTree create(Map<String, Object> config) {
        return new DocumentTree(config, getKeyType(), getValueType(), log);
      }
    };
    builder.setKeyType(ids);
    builder.setValueType(documents);
    return builder;
  }

  /** For the library, which gets, puts and removes documents; of its other ways to a document ours is used instead. */
  @SuppressWarnings("unchecked")
  MVMap<Object, Document> forLibrary() {
    return (MVMap<Object, Document>) (MVMap<?, ?>) this;
  }

  Document document(Object id) {
    return (Document) get(id);
  }

  /** At least these of its fields. */
  Document fieldsOf(Object id, Set<String> fields) {
    Object packed = super.get(getRootPage(), id);
    return packed == null ? null : BsonTypes.opened((byte[]) packed, fields);
  }

  boolean has(Object id) {
    return super.get(getRootPage(), id) != null;
  }

  /** Puts a document in the place of another, which nobody asks for. */
  void replaceWith(Object id, Document document) {
    super.put(id, BsonTypes.packed(document));
  }

  Stream<Object> ids() {
    return Trees.range(this, null, null, false).map(Entry::getKey);
  }

  /** Documents from the lower to the upper id, both included; a bound that is null is none. */
  Stream<Entry<Object, Document>> range(Object lower, Object upper, boolean descending) {
    return Trees.range(this, lower, upper, descending)
        .map(entry -> Map.entry(entry.getKey(), BsonTypes.opened(entry.getValue())));
  }

  @Override
  public Object get(Page<Object, Object> page, Object id) {
    return BsonTypes.opened(super.get(page, id));
  }

  @Override
  public Object put(Object id, Object document) {
    return BsonTypes.opened(super.put(id, BsonTypes.packed((Document) document)));
  }

  @Override
  public Object remove(Object id) {
    return BsonTypes.opened(super.remove(id));
  }
}
