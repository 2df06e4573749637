package triflow.peer;

import java.util.Arrays;

/** Units per order line: a map of a handful of small numbers. */
final class Quantities {
  int size;
  int[] lines = new int[8];
  long[] units = new long[8];

  long get(int line) {
    for (int i = 0; i < size; i++) if (lines[i] == line) return units[i];
    return 0;
  }

  boolean has(int line) {
    for (int i = 0; i < size; i++) if (lines[i] == line) return true;
    return false;
  }

  void add(int line, long quantity) {
    for (int i = 0; i < size; i++)
      if (lines[i] == line) {
        units[i] += quantity;
        return;
      }
    if (size == lines.length) {
      lines = Arrays.copyOf(lines, size * 2);
      units = Arrays.copyOf(units, size * 2);
    }
    lines[size] = line;
    units[size++] = quantity;
  }

  boolean sameAs(Quantities other) {
    if (size != other.size) return false;
    for (int i = 0; i < size; i++) if (!other.has(lines[i]) || other.get(lines[i]) != units[i]) return false;
    return true;
  }
}
