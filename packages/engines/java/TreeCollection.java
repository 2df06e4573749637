// A collection that looks where the query points instead of reading everything.

import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.ArrayFilters;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.DocumentWithPosition;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.Utils;
import de.bwaldvogel.mongo.backend.ValueComparator;
import de.bwaldvogel.mongo.backend.h2.H2Collection;
import de.bwaldvogel.mongo.bson.BsonRegularExpression;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.oplog.Oplog;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map.Entry;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.h2.mvstore.MVMap;

/** The stock collection reads every document for anything but an equality on exactly an index's fields. */
final class TreeCollection extends H2Collection {

  private final DocumentTree documents;
  private final Supplier<Changes> changes;
  private final Supplier<ChangeLog> log;
  /** Names of collections and indexes: written while their database is locked, and safe with the change that follows. */
  private final boolean isCatalogue;

  TreeCollection(
      MongoDatabase database,
      String name,
      CollectionOptions options,
      DocumentTree documents,
      MVMap<String, Object> meta,
      CursorRegistry cursors,
      Supplier<Changes> changes,
      Supplier<ChangeLog> log) {
    super(database, name, options, documents.forLibrary(), meta, cursors);
    this.documents = documents;
    this.changes = changes;
    this.log = log;
    this.isCatalogue = name.startsWith("system.");
  }

  /** Nobody asks for it, and it would measure each document once more. */
  @Override
  protected boolean tracksDataSize() {
    return false;
  }

  /** Never asked for while this collection is locked, for whoever holds it may wait for this collection. */
  private <T> T whole(Supplier<T> change) {
    return isCatalogue ? change.get() : changes.get().whole(() -> noted(change));
  }

  /** Locked until its note is in the log: notes of one key stand there as its changes were made. */
  private synchronized <T> T noted(Supplier<T> change) {
    return log.get().change(change);
  }

  @Override
  public Document updateDocuments(
      Document selector, Document update, ArrayFilters filters, boolean multi, boolean upsert, Oplog oplog) {
    return whole(() -> {
      Document replaced = multi || upsert ? null : replaced(selector, update);
      if (replaced != null) return replaced;
      return super.updateDocuments(selector, update, filters, multi, upsert, oplog);
    });
  }

  /**
   * Puts a document in the place of another that is named by its _id, as most updates here do; the library would copy the
   * old one three times and compare it with the new one. Null when the update is of another kind.
   */
  private Document replaced(Document selector, Document update) {
    Object id = selector.get("_id");
    boolean isReplacement = update.keySet().stream().noneMatch(field -> field.startsWith("$"));
    if (!(id instanceof String) || !isReplacement || update.containsKey("_id") || !"_id".equals(getIdField())) return null;
    Document before = before(id, selector);
    boolean found = before != null && documentMatchesQuery(before, selector);
    if (found) {
      Document after = new Document("_id", id);
      after.putAll(update);
      Utils.validateFieldNames(after);
      for (Index<Object> index : getIndexes()) index.checkUpdate(before, after, this);
      for (Index<Object> index : getIndexes()) index.updateInPlace(before, after, id, this);
      documents.replaceWith(id, after);
    }
    Integer count = found ? 1 : 0;
    return new Document("n", count).append("nModified", count);
  }

  /** Of a document that is to be replaced: what tells whether it is the one, and where indexes have it. */
  private Document before(Object id, Document selector) {
    Set<String> fields = new HashSet<>();
    for (String field : selector.keySet()) {
      if (field.startsWith("$") || field.contains(".")) return documents.document(id);
      fields.add(field);
    }
    for (Index<Object> index : getIndexes()) {
      if (!(index instanceof PlainIndex)) return documents.document(id);
      ((PlainIndex) index).addFieldsRead(fields);
    }
    return documents.fieldsOf(id, fields);
  }

  @Override
  public Document findAndModify(Document query) {
    return whole(() -> super.findAndModify(query));
  }

  @Override
  public int deleteDocuments(Document selector, int limit, Oplog oplog) {
    return whole(() -> super.deleteDocuments(selector, limit, oplog));
  }

  /** One by one, so that the log waits for a document and not for a thousand. */
  @Override
  public List<Document> insertDocuments(List<Document> inserted, boolean isOrdered) {
    List<Document> errors = new ArrayList<>();
    for (int i = 0; i < inserted.size(); i++) {
      List<Document> one = List.of(inserted.get(i));
      for (Document error : whole(() -> super.insertDocuments(one, isOrdered))) {
        error.put("index", i);
        errors.add(error);
        if (isOrdered) return errors;
      }
    }
    return errors;
  }

  /** What an index found for {_id: {$in: …}} needs no second look: 500 ids would each be compared with 500. */
  @Override
  protected QueryResult matchDocuments(
      Document query, Iterable<Object> ids, Document order, int skip, int limit, int batch, Document fields) {
    boolean settled = query.size() == 1
        && query.get("_id") instanceof Document
        && ((Document) query.get("_id")).keySet().equals(Set.of("$in"));
    return super.matchDocuments(settled ? new Document() : query, ids, order, skip, limit, batch, fields);
  }

  @Override
  protected QueryResult matchDocuments(
      Document query, Document order, int skip, int limit, int batch, Document fields) {
    if (isNaturalDescending(order)) return super.matchDocuments(query, order, skip, limit, batch, fields);
    if (!"_id".equals(getIdField())) {
      Stream<Document> all = documents.range(null, null, false).map(Entry::getValue);
      return matchDocumentsFromStream(all, query, order, skip, limit, batch, fields);
    }
    // _id is unique: whatever is sorted by after it says nothing.
    boolean byId = order != null && !order.isEmpty() && order.keySet().iterator().next().equals("_id");
    boolean descending = byId && ((Number) order.get("_id")).intValue() < 0;
    IdBounds bounds = IdBounds.of(query);
    if (bounds.isEmpty()) return matchDocumentsFromStream(Stream.empty(), query, order, skip, limit, batch, fields);
    if (bounds.amongThese != null) {
      TreeSet<Object> ids = new TreeSet<>(descending ? ValueComparator.desc() : ValueComparator.asc());
      ids.addAll(bounds.amongThese);
      Stream<Document> found = ids.stream().map(documents::document).filter(Objects::nonNull);
      return matchDocumentsFromStream(found, query, byId ? null : order, skip, limit, batch, fields);
    }
    for (Index<Object> index : getIndexes()) {
      if (bounds.isExact() || !(index instanceof OrderedIndex)) continue;
      OrderedIndex ordered = (OrderedIndex) index;
      Stream<Object> ids = ordered.idsFor(query);
      if (ids == null) continue;
      boolean inOrder = byId && !descending && ordered.ordersById(query);
      return matchDocumentsFromStream(
          ids.map(this::getDocument), query, inOrder ? null : order, skip, limit, batch, fields);
    }
    Stream<Document> found = documents.range(bounds.lower, bounds.upper, descending).map(Entry::getValue);
    return matchDocumentsFromStream(found, query, byId ? null : order, skip, limit, batch, fields);
  }

  @Override
  protected Stream<DocumentWithPosition<Object>> streamAllDocumentsWithPosition() {
    return documents
        .range(null, null, false)
        .map(entry -> new DocumentWithPosition<>(entry.getValue(), entry.getKey()));
  }

  /** What a query says of _id: between which values it lies, or among which it is. */
  private static final class IdBounds {
    Object lower;
    Object upper;
    Collection<?> amongThese;

    static IdBounds of(Document query) {
      IdBounds bounds = new IdBounds();
      bounds.narrow(query.get("_id"));
      if (query.get("$and") instanceof Collection) {
        for (Object part : (Collection<?>) query.get("$and")) {
          if (part instanceof Document) bounds.narrow(((Document) part).get("_id"));
        }
      }
      return bounds;
    }

    private void narrow(Object condition) {
      if (condition == null || condition instanceof BsonRegularExpression || condition instanceof Collection) return;
      if (!isOperators(condition)) {
        atLeast(condition);
        atMost(condition);
        return;
      }
      for (Entry<String, Object> operator : ((Document) condition).entrySet()) {
        Object value = operator.getValue();
        if (value == null) continue;
        if (operator.getKey().equals("$in")) among((Collection<?>) value);
        if (value instanceof Collection) continue;
        switch (operator.getKey()) {
          case "$eq":
            atLeast(value);
            atMost(value);
            break;
          case "$gt":
          case "$gte":
            atLeast(value);
            break;
          case "$lt":
          case "$lte":
            atMost(value);
            break;
          default:
        }
      }
    }

    private static boolean isOperators(Object condition) {
      return condition instanceof Document
          && ((Document) condition).keySet().stream().anyMatch(name -> name.startsWith("$"));
    }

    private void among(Collection<?> values) {
      boolean plain = values.stream().allMatch(value -> value != null && !(value instanceof BsonRegularExpression));
      if (plain) amongThese = values;
    }

    private void atLeast(Object value) {
      if (lower == null || BsonTypes.compare(lower, value) < 0) lower = value;
    }

    private void atMost(Object value) {
      if (upper == null || BsonTypes.compare(upper, value) > 0) upper = value;
    }

    boolean isExact() {
      return lower != null && upper != null && BsonTypes.compare(lower, upper) == 0;
    }

    boolean isEmpty() {
      return lower != null && upper != null && BsonTypes.compare(lower, upper) > 0;
    }
  }
}
