package triflow.peer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes protobuf's wire format, and the state, into one buffer that is used again and again. */
final class WireWriter {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private byte[] buffer = new byte[1 << 14];
  private int at;

  WireWriter clear() {
    at = 0;
    return this;
  }

  byte[] toBytes() {
    return Arrays.copyOf(buffer, at);
  }

  void varint(long value) {
    room(10);
    while ((value & ~0x7fL) != 0) {
      buffer[at++] = (byte) (value | 0x80);
      value >>>= 7;
    }
    buffer[at++] = (byte) value;
  }

  void raw(byte[] bytes) {
    room(bytes.length);
    System.arraycopy(bytes, 0, buffer, at, bytes.length);
    at += bytes.length;
  }

  /** With its length before it, as the state has it. */
  void sized(byte[] bytes) {
    varint(bytes.length);
    raw(bytes);
  }

  /** A field of the default value is not written, as proto3 asks. */
  void number(int field, long value) {
    if (value == 0) return;
    varint((long) field << 3);
    varint(value);
  }

  void bytes(int field, byte[] value) {
    if (value.length == 0) return;
    element(field, value);
  }

  /** One of a repeated field: written even when empty. */
  void element(int field, byte[] value) {
    varint((long) field << 3 | 2);
    sized(value);
  }

  void hex(int field, byte[] value) {
    varint((long) field << 3 | 2);
    varint(value.length * 2L);
    room(value.length * 2);
    for (byte each : value) {
      buffer[at++] = HEX[(each >> 4) & 15];
      buffer[at++] = HEX[each & 15];
    }
  }

  /** Opens an embedded message of less than 2^21 bytes; give the result to `close`. */
  int open(int field) {
    varint((long) field << 3 | 2);
    room(3);
    at += 3;
    return at;
  }

  /** The length is always written in three bytes, so that nothing has to move. */
  void close(int start) {
    int length = at - start;
    buffer[start - 3] = (byte) (length | 0x80);
    buffer[start - 2] = (byte) ((length >> 7) | 0x80);
    buffer[start - 1] = (byte) (length >> 14);
  }

  private void room(int bytes) {
    if (at + bytes > buffer.length) buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, at + bytes));
  }
}
