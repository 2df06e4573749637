package triflow.peer;

import java.util.Arrays;

/** Reads protobuf's wire format in place: nothing is copied but what is kept, and no object is made per field. */
final class WireReader {
  private byte[] buffer;
  private int at;
  private int end;

  WireReader over(byte[] bytes) {
    buffer = bytes;
    at = 0;
    end = bytes.length;
    return this;
  }

  /** The next field's tag, 0 at the end of the message. */
  int tag() {
    return at >= end ? 0 : (int) varint();
  }

  long varint() {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (at >= end) throw new IllegalArgumentException("a number is cut off");
      byte next = buffer[at++];
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) return value;
    }
    throw new IllegalArgumentException("a number is longer than 64 bits");
  }

  int int32() {
    return (int) varint();
  }

  byte[] bytes() {
    int length = length();
    byte[] value = Arrays.copyOfRange(buffer, at, at + length);
    at += length;
    return value;
  }

  /** Bytes of a known length without a length before them, as the state has them. */
  byte[] raw(int length) {
    if (length > end - at) throw new IllegalArgumentException("a field is cut off");
    byte[] value = Arrays.copyOfRange(buffer, at, at + length);
    at += length;
    return value;
  }

  /** Whether the next length-delimited field has these bytes; reads it. */
  boolean bytesEqual(byte[] expected) {
    int length = length();
    boolean equal = Arrays.equals(buffer, at, at + length, expected, 0, expected.length);
    at += length;
    return equal;
  }

  /** Enters an embedded message; give the result to `leave`. */
  int enter() {
    int outer = end;
    int length = length();
    end = at + length;
    return outer;
  }

  void leave(int outer) {
    at = end;
    end = outer;
  }

  void skip(int tag) {
    switch (tag & 7) {
      case 0 -> varint();
      case 1 -> at += 8;
      case 2 -> {
        int length = length();
        at += length;
      }
      case 5 -> at += 4;
      default -> throw new IllegalArgumentException("unknown wire type " + (tag & 7));
    }
    if (at > end) throw new IllegalArgumentException("a field is cut off");
  }

  private int length() {
    long length = varint();
    if (length < 0 || length > end - at) throw new IllegalArgumentException("a field is cut off");
    return (int) length;
  }
}
