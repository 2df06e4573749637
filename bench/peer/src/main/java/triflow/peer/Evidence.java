package triflow.peer;

/** Where a heard record stands, and the SHA-256 of it; told with every decision that stands on it. */
record Evidence(byte[] desk, long entry, int index, byte[] sha256, byte[] type) {
  void write(WireWriter out, int field, byte[] about) {
    int start = out.open(field);
    out.bytes(1, about);
    out.bytes(2, desk);
    out.number(3, entry);
    out.number(4, index);
    out.hex(5, sha256);
    out.bytes(6, type);
    out.close(start);
  }
}
