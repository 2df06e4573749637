package triflow.peer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What is remembered of one order, and how it is kept in the store. */
final class Trade {
  static final int SHIPPED = 0, DELIVERED = 1, RECEIVED = 2, RETURNED = 3;
  static final byte[] NONE = {};

  static final class Order {
    byte[] buyer = NONE, supplier = NONE, currency = NONE;
    int version;
    OrderLines lines = new OrderLines();
    Evidence evidence;
  }

  static final class OrderLines {
    int size;
    int[] line = new int[8];
    byte[][] sku = new byte[8][];
    long[] quantity = new long[8], price = new long[8];

    void add(int number, byte[] name, long units, long priceMinor) {
      if (size == line.length) {
        line = Arrays.copyOf(line, size * 2);
        sku = Arrays.copyOf(sku, size * 2);
        quantity = Arrays.copyOf(quantity, size * 2);
        price = Arrays.copyOf(price, size * 2);
      }
      line[size] = number;
      sku[size] = name;
      quantity[size] = units;
      price[size++] = priceMinor;
    }

    int find(int number) {
      for (int i = 0; i < size; i++) if (line[i] == number) return i;
      return -1;
    }
  }

  record BilledLine(int line, int orderLine, byte[] sku, long quantity, long price, long net) {}

  static final class Billed {
    byte[] invoice = NONE, supplier = NONE, debtor = NONE, number = NONE, issuedOn = NONE, currency = NONE;
    int version;
    List<BilledLine> lines = new ArrayList<>(8);
    List<byte[]> orders = new ArrayList<>(1);
    Evidence evidence;
    Share share;
  }

  /** The share of an invoice as it was last told. */
  record Share(int revision, int version, byte[] verdict, byte[] reason, byte[] other, long net, Quantities taken) {}

  record Funds(byte[] invoice, int version, boolean stands, List<byte[]> missing, byte[] history, Evidence evidence) {}

  record Goods(int kind, byte[] id, int[] orderLines, Evidence evidence) {}

  /** How far a desk's story of this order was heard: what is not after it is a repeat. */
  record Mark(byte[] desk, long number) {}

  Order order;
  int acceptedVersion;
  Evidence acceptance;
  boolean cancelled;
  byte[] buyer = NONE, supplier = NONE;
  final List<Billed> invoices = new ArrayList<>(2);
  final List<Funds> funds = new ArrayList<>(2);
  final List<Goods> goods = new ArrayList<>(2);
  /** Delivered, received and returned, by Goods.kind. */
  final Quantities[] counts = {null, new Quantities(), new Quantities(), new Quantities()};
  private final List<Mark> marks = new ArrayList<>(4);
  /** Lanes and what is missing, as last told; 0 before the first. */
  long picture;

  /** Takes the number of a heard record; false for a repeat. */
  boolean mark(byte[] desk, long number) {
    for (int i = 0; i < marks.size(); i++) {
      Mark known = marks.get(i);
      if (!Arrays.equals(known.desk, desk)) continue;
      if (number <= known.number) return false;
      marks.set(i, new Mark(desk, number));
      return true;
    }
    marks.add(new Mark(desk, number));
    return true;
  }

  Billed invoice(byte[] id) {
    for (Billed billed : invoices) if (Arrays.equals(billed.invoice, id)) return billed;
    return null;
  }

  boolean informationStands() {
    return order != null && acceptedVersion == order.version;
  }

  /** The money side's word counts only for the invoice as it now stands. */
  Funds fundsOf(Billed invoice) {
    for (Funds each : funds)
      if (Arrays.equals(each.invoice, invoice.invoice)) return each.version == invoice.version ? each : null;
    return null;
  }

  byte[] write(WireWriter out) {
    out.clear();
    out.varint((order != null ? 1 : 0) | (acceptance != null ? 2 : 0) | (cancelled ? 4 : 0));
    out.varint(picture);
    out.varint(marks.size());
    for (Mark mark : marks) {
      out.sized(mark.desk);
      out.varint(mark.number);
    }
    if (order != null) write(out, order);
    else {
      out.sized(buyer);
      out.sized(supplier);
    }
    if (acceptance != null) {
      out.varint(acceptedVersion);
      write(out, acceptance);
    }
    out.varint(invoices.size());
    for (Billed billed : invoices) write(out, billed);
    out.varint(funds.size());
    for (Funds each : funds) {
      out.sized(each.invoice);
      out.varint(each.version);
      out.varint(each.stands ? 1 : 0);
      writeAll(out, each.missing);
      out.sized(each.history);
      write(out, each.evidence);
    }
    out.varint(goods.size());
    for (Goods each : goods) {
      out.varint(each.kind);
      out.sized(each.id);
      out.varint(each.orderLines.length);
      for (int line : each.orderLines) out.varint(line);
      write(out, each.evidence);
    }
    for (int kind = DELIVERED; kind <= RETURNED; kind++) write(out, counts[kind]);
    return out.toBytes();
  }

  static Trade read(WireReader in) {
    Trade trade = new Trade();
    int flags = in.int32();
    trade.picture = in.varint();
    for (int left = in.int32(); left > 0; left--) trade.marks.add(new Mark(in.bytes(), in.varint()));
    if ((flags & 1) != 0) {
      trade.order = readOrder(in);
      trade.buyer = trade.order.buyer;
      trade.supplier = trade.order.supplier;
    } else {
      trade.buyer = in.bytes();
      trade.supplier = in.bytes();
    }
    if ((flags & 2) != 0) {
      trade.acceptedVersion = in.int32();
      trade.acceptance = readEvidence(in);
    }
    trade.cancelled = (flags & 4) != 0;
    for (int left = in.int32(); left > 0; left--) trade.invoices.add(readBilled(in));
    for (int left = in.int32(); left > 0; left--)
      trade.funds.add(new Funds(in.bytes(), in.int32(), in.varint() != 0, readAll(in), in.bytes(), readEvidence(in)));
    for (int left = in.int32(); left > 0; left--) {
      int kind = in.int32();
      byte[] id = in.bytes();
      int[] lines = new int[in.int32()];
      for (int i = 0; i < lines.length; i++) lines[i] = in.int32();
      trade.goods.add(new Goods(kind, id, lines, readEvidence(in)));
    }
    for (int kind = DELIVERED; kind <= RETURNED; kind++) trade.counts[kind] = readQuantities(in);
    return trade;
  }

  private static void write(WireWriter out, Order order) {
    out.sized(order.buyer);
    out.sized(order.supplier);
    out.sized(order.currency);
    out.varint(order.version);
    OrderLines lines = order.lines;
    out.varint(lines.size);
    for (int i = 0; i < lines.size; i++) {
      out.varint(lines.line[i]);
      out.sized(lines.sku[i]);
      out.varint(lines.quantity[i]);
      out.varint(lines.price[i]);
    }
    write(out, order.evidence);
  }

  private static Order readOrder(WireReader in) {
    Order order = new Order();
    order.buyer = in.bytes();
    order.supplier = in.bytes();
    order.currency = in.bytes();
    order.version = in.int32();
    for (int left = in.int32(); left > 0; left--) order.lines.add(in.int32(), in.bytes(), in.varint(), in.varint());
    order.evidence = readEvidence(in);
    return order;
  }

  private static void write(WireWriter out, Billed billed) {
    out.sized(billed.invoice);
    out.sized(billed.supplier);
    out.sized(billed.debtor);
    out.sized(billed.number);
    out.sized(billed.issuedOn);
    out.sized(billed.currency);
    out.varint(billed.version);
    out.varint(billed.lines.size());
    for (BilledLine line : billed.lines) {
      out.varint(line.line);
      out.varint(line.orderLine);
      out.sized(line.sku);
      out.varint(line.quantity);
      out.varint(line.price);
      out.varint(line.net);
    }
    writeAll(out, billed.orders);
    write(out, billed.evidence);
    Share share = billed.share;
    out.varint(share == null ? 0 : share.revision);
    if (share == null) return;
    out.varint(share.version);
    out.sized(share.verdict);
    out.sized(share.reason);
    out.sized(share.other);
    out.varint(share.net);
    write(out, share.taken);
  }

  private static Billed readBilled(WireReader in) {
    Billed billed = new Billed();
    billed.invoice = in.bytes();
    billed.supplier = in.bytes();
    billed.debtor = in.bytes();
    billed.number = in.bytes();
    billed.issuedOn = in.bytes();
    billed.currency = in.bytes();
    billed.version = in.int32();
    for (int left = in.int32(); left > 0; left--)
      billed.lines.add(new BilledLine(in.int32(), in.int32(), in.bytes(), in.varint(), in.varint(), in.varint()));
    billed.orders = readAll(in);
    billed.evidence = readEvidence(in);
    int revision = in.int32();
    if (revision > 0)
      billed.share = new Share(revision, in.int32(), in.bytes(), in.bytes(), in.bytes(), in.varint(), readQuantities(in));
    return billed;
  }

  private static void write(WireWriter out, Evidence evidence) {
    out.sized(evidence.desk());
    out.varint(evidence.entry());
    out.varint(evidence.index());
    out.raw(evidence.sha256());
    out.sized(evidence.type());
  }

  private static Evidence readEvidence(WireReader in) {
    return new Evidence(in.bytes(), in.varint(), in.int32(), in.raw(32), in.bytes());
  }

  private static void write(WireWriter out, Quantities quantities) {
    out.varint(quantities.size);
    for (int i = 0; i < quantities.size; i++) {
      out.varint(quantities.lines[i]);
      out.varint(quantities.units[i]);
    }
  }

  private static Quantities readQuantities(WireReader in) {
    Quantities quantities = new Quantities();
    for (int left = in.int32(); left > 0; left--) quantities.add(in.int32(), in.varint());
    return quantities;
  }

  private static void writeAll(WireWriter out, List<byte[]> texts) {
    out.varint(texts.size());
    for (byte[] text : texts) out.sized(text);
  }

  private static List<byte[]> readAll(WireReader in) {
    int left = in.int32();
    List<byte[]> texts = new ArrayList<>(left);
    for (; left > 0; left--) texts.add(in.bytes());
    return texts;
  }
}
