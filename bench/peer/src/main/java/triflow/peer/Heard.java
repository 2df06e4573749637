package triflow.peer;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.Record;

/** One record's headers, read in one pass: whether it is intact, where it stands, and its fingerprint. */
final class Heard {
  /** Names of the headers that the checksum covers, in its order. */
  private static final int ID = 0, SOURCE = 1, TYPE = 2, TIME = 3, TRACE = 4, POSITION = 5, ACTOR = 6, REPLY = 7;
  private final byte[][] covered = new byte[8][];
  private byte[] checksum;
  private final CRC32 crc = new CRC32();
  private final MessageDigest sha256;
  private byte[] key;
  private byte[] value;
  private byte[] desk;
  private long entry;
  private int index;
  private long number;

  Heard() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** False when the record is not what its writer sealed, or stands nowhere: then nothing of it may be believed. */
  boolean open(Record<Bytes, byte[]> record) {
    key = record.key() == null ? null : record.key().get();
    value = record.value();
    Arrays.fill(covered, null);
    checksum = null;
    for (Header header : record.headers())
      switch (header.key()) {
        case "ce_id" -> covered[ID] = header.value();
        case "ce_source" -> covered[SOURCE] = header.value();
        case "ce_type" -> covered[TYPE] = header.value();
        case "ce_time" -> covered[TIME] = header.value();
        case "traceparent" -> covered[TRACE] = header.value();
        case "triflow-position" -> covered[POSITION] = header.value();
        case "triflow-actor" -> covered[ACTOR] = header.value();
        case "triflow-reply" -> covered[REPLY] = header.value();
        case "triflow-checksum" -> checksum = header.value();
        default -> {}
      }
    return key != null && key.length > 0 && value != null && isIntact() && parsePosition();
  }

  byte[] type() {
    return covered[TYPE];
  }

  byte[] id() {
    return covered[ID];
  }

  byte[] traceparent() {
    return covered[TRACE];
  }

  byte[] desk() {
    return desk;
  }

  long number() {
    return number;
  }

  Evidence evidence() {
    sha256.update(key);
    sha256.update((byte) 0);
    sha256.update(covered[TYPE]);
    sha256.update((byte) 0);
    sha256.update(covered[POSITION]);
    sha256.update((byte) 0);
    sha256.update(value);
    return new Evidence(desk, entry, index, sha256.digest(), covered[TYPE]);
  }

  private boolean isIntact() {
    if (checksum == null || checksum.length != 8 || covered[TYPE] == null || covered[ID] == null) return false;
    crc.reset();
    crc.update(key);
    crc.update(0);
    crc.update(value);
    for (byte[] header : covered) {
      crc.update(0);
      if (header != null) crc.update(header);
    }
    long written = 0;
    for (byte digit : checksum) {
      int value = Character.digit(digit, 16);
      if (value < 0) return false;
      written = written << 4 | value;
    }
    return written == crc.getValue();
  }

  /** desk@entry/index#number&lt;previous */
  private boolean parsePosition() {
    byte[] text = covered[POSITION];
    if (text == null) return false;
    int at = 0;
    while (at < text.length && text[at] != '@') at++;
    if (at == 0 || at == text.length) return false;
    if (desk == null || !Arrays.equals(desk, 0, desk.length, text, 0, at)) desk = Arrays.copyOf(text, at);
    long[] numbers = new long[4];
    for (int i = 0; i < 4; i++) {
      int from = ++at;
      for (; at < text.length && text[at] >= '0' && text[at] <= '9'; at++) numbers[i] = numbers[i] * 10 + text[at] - '0';
      if (at == from || (i < 3 && (at == text.length || text[at] != "/#<".charAt(i)))) return false;
    }
    entry = numbers[0];
    index = (int) numbers[1];
    number = numbers[2];
    return at == text.length;
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
