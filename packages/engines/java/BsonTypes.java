// How documents, ids and index keys lie in the file: as BSON, where H2 alone would use Java's serialization.

import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.backend.ValueComparator;
import de.bwaldvogel.mongo.bson.BinData;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.bson.BsonDecoder;
import de.bwaldvogel.mongo.wire.bson.BsonEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;

/** Data types of the trees, in place of Java's serialization. */
final class BsonTypes {

  private static final int SCRATCH_BYTES = 64 << 10;
  private static final int KEPT_SCRATCH_BYTES = 4 << 20;
  private static final int UNKNOWN_SIZE = -1;
  private static final ThreadLocal<ByteBuf> SCRATCH = ThreadLocal.withInitial(() -> Unpooled.buffer(SCRATCH_BYTES));
  private static final ValueComparator ASCENDING = ValueComparator.asc();

  private BsonTypes() {}

  /** MongoDB's order of values; strings, nearly all that is compared here, without the detour. */
  static int compare(Object one, Object other) {
    if (one instanceof String && other instanceof String) return ((String) one).compareTo((String) other);
    return ASCENDING.compare(one, other);
  }

  /** A value written as its length and its BSON. */
  private abstract static class LengthPrefixed<T> extends BasicDataType<T> {
    abstract void encode(T value, ByteBuf to);

    abstract T decode(ByteBuf from);

    @Override
    public void write(WriteBuffer file, T value) {
      FirstPage.written();
      ByteBuf scratch = SCRATCH.get().clear();
      encode(value, scratch);
      file.putVarInt(scratch.readableBytes()).put(scratch.nioBuffer());
      if (scratch.capacity() > KEPT_SCRATCH_BYTES) SCRATCH.remove();
    }

    @Override
    public T read(ByteBuffer file) {
      int length = DataUtils.readVarInt(file);
      ByteBuffer bytes = file.slice();
      bytes.limit(length);
      file.position(file.position() + length);
      return decode(Unpooled.wrappedBuffer(bytes));
    }

    /** Sizes differ too much from document to document for the tree's own guess. */
    @Override
    public boolean isMemoryEstimationAllowed() {
      return false;
    }

    @Override
    public int getMemory(T value) {
      return memoryOf(value);
    }
  }

  /** A document as it is kept. */
  static byte[] packed(Document document) {
    ByteBuf scratch = SCRATCH.get().clear();
    BsonEncoder.encodeDocument(document, scratch);
    byte[] bytes = new byte[scratch.readableBytes()];
    scratch.readBytes(bytes);
    if (scratch.capacity() > KEPT_SCRATCH_BYTES) SCRATCH.remove();
    return bytes;
  }

  /** A new copy of a document that is kept; null for none. */
  static Document opened(Object packed) {
    return packed == null ? null : BsonDecoder.decodeBson(Unpooled.wrappedBuffer((byte[]) packed));
  }

  /** A copy of those of its fields, as far as it has them, and of others when one is of a kind that is not skipped here. */
  static Document opened(byte[] packed, Set<String> fields) {
    ByteBuf from = Unpooled.wrappedBuffer(packed).skipBytes(4);
    Document document = new Document();
    for (byte type = from.readByte(); type != 0; type = from.readByte()) {
      int length = from.bytesBefore((byte) 0);
      String name = from.readCharSequence(length, StandardCharsets.UTF_8).toString();
      from.skipBytes(1);
      int size = fields.contains(name) ? UNKNOWN_SIZE : sizeOf(type, from);
      if (size == UNKNOWN_SIZE) document.put(name, BsonDecoder.decodeValue(type, from));
      else from.skipBytes(size);
    }
    return document;
  }

  /** Bytes that a value takes: https://bsonspec.org/spec.html. */
  private static int sizeOf(byte type, ByteBuf at) {
    switch (type) {
      case 0x01: // double
      case 0x09: // date
      case 0x12: // long
        return 8;
      case 0x02: // string
        return 4 + at.getIntLE(at.readerIndex());
      case 0x03: // document
      case 0x04: // array
        return at.getIntLE(at.readerIndex());
      case 0x05: // binary
        return 5 + at.getIntLE(at.readerIndex());
      case 0x08: // boolean
        return 1;
      case 0x0A: // null
        return 0;
      case 0x10: // int
        return 4;
      default:
        return UNKNOWN_SIZE;
    }
  }

  /** Documents as they are kept: their length and their BSON. */
  static final class PackedType extends BasicDataType<Object> {
    @Override
    public void write(WriteBuffer file, Object packed) {
      FirstPage.written();
      byte[] bytes = (byte[]) packed;
      file.putVarInt(bytes.length).put(bytes, 0, bytes.length);
    }

    @Override
    public Object read(ByteBuffer file) {
      byte[] bytes = new byte[DataUtils.readVarInt(file)];
      file.get(bytes);
      return bytes;
    }

    /** Sizes differ too much from document to document for the tree's own guess. */
    @Override
    public boolean isMemoryEstimationAllowed() {
      return false;
    }

    @Override
    public int getMemory(Object packed) {
      return 16 + ((byte[]) packed).length;
    }

    @Override
    public Object[] createStorage(int size) {
      return new Object[size];
    }
  }

  static final class IdType extends LengthPrefixed<Object> {
    @Override
    void encode(Object id, ByteBuf to) {
      encodeValue(id, to);
    }

    @Override
    Object decode(ByteBuf from) {
      return Missing.ofNullable(decodeValue(from));
    }

    @Override
    public int compare(Object one, Object other) {
      return BsonTypes.compare(one, other);
    }

    @Override
    public Object[] createStorage(int size) {
      return new Object[size];
    }
  }

  static final class KeyType extends LengthPrefixed<KeyValue> {
    @Override
    void encode(KeyValue key, ByteBuf to) {
      to.writeByte(key.size());
      for (Object value : key) encodeValue(value, to);
    }

    @Override
    KeyValue decode(ByteBuf from) {
      int size = from.readByte();
      List<Object> values = new ArrayList<>(size);
      for (int i = 0; i < size; i++) values.add(decodeValue(from));
      return new KeyValue(values);
    }

    @Override
    public int compare(KeyValue one, KeyValue other) {
      for (int i = 0; i < one.size(); i++) {
        int order = BsonTypes.compare(one.get(i), other.get(i));
        if (order != 0) return order;
      }
      return 0;
    }

    @Override
    public KeyValue[] createStorage(int size) {
      return new KeyValue[size];
    }
  }

  private static void encodeValue(Object value, ByteBuf to) {
    Object present = value instanceof Missing ? null : value;
    byte type = BsonEncoder.determineType(present);
    to.writeByte(type);
    BsonEncoder.encodeValue(type, present, to);
  }

  private static Object decodeValue(ByteBuf from) {
    return BsonDecoder.decodeValue(from.readByte(), from);
  }

  /** Roughly the heap that a value takes, in bytes: what the page cache is bounded by. */
  private static int memoryOf(Object value) {
    if (value instanceof String) return 40 + ((String) value).length();
    if (value instanceof BinData) return 40 + ((BinData) value).getData().length;
    int bytes = 24;
    if (value instanceof Map) {
      for (Map.Entry<?, ?> field : ((Map<?, ?>) value).entrySet()) {
        bytes += 48 + memoryOf(field.getKey()) + memoryOf(field.getValue());
      }
    } else if (value instanceof Iterable) {
      for (Object element : (Iterable<?>) value) bytes += 16 + memoryOf(element);
    }
    return bytes;
  }
}
