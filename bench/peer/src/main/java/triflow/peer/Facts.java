package triflow.peer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Folds each fact that the trade desk hears into what is remembered of its order, straight from the bytes. */
final class Facts {
  private static final int TEXT = 2;
  private final WireReader in = new WireReader();

  /** False for a fact that no trade hears. */
  boolean fold(Trade trade, byte[] key, byte[] type, byte[] value, Evidence evidence) {
    in.over(value);
    switch (nameOf(type)) {
      case "OrderSubmitted" -> submit(trade, evidence);
      case "OrderAmended" -> amend(trade, evidence);
      case "OrderAccepted" -> accept(trade, evidence);
      case "OrderCancelled" -> trade.cancelled = true;
      case "OrderBilled" -> bill(trade, evidence);
      case "FundsChecked" -> checkFunds(trade, evidence);
      case "OrderShipped" -> moveGoods(trade, key, Trade.SHIPPED, evidence);
      case "OrderDelivered" -> moveGoods(trade, key, Trade.DELIVERED, evidence);
      case "OrderReceived" -> moveGoods(trade, key, Trade.RECEIVED, evidence);
      case "OrderReturned" -> moveGoods(trade, key, Trade.RETURNED, evidence);
      default -> {
        return false;
      }
    }
    return true;
  }

  /** The part after the last dot. */
  @SuppressWarnings("deprecation") // one byte per character, copied as they are: names are ASCII
  private static String nameOf(byte[] type) {
    int dot = type.length;
    while (dot > 0 && type[dot - 1] != '.') dot--;
    return new String(type, 0, dot, type.length - dot);
  }

  private void submit(Trade trade, Evidence evidence) {
    Trade.Order order = new Trade.Order();
    order.evidence = evidence;
    for (int tag; (tag = in.tag()) != 0; )
      switch (tag) {
        case 2 << 3 | TEXT -> order.buyer = in.bytes();
        case 3 << 3 | TEXT -> order.supplier = in.bytes();
        case 6 << 3 | TEXT -> order.currency = in.bytes();
        case 7 << 3 | TEXT -> orderLine(order.lines);
        case 9 << 3 -> order.version = in.int32();
        default -> in.skip(tag);
      }
    if (trade.order != null && trade.order.version >= order.version) return;
    trade.order = order;
    trade.buyer = order.buyer;
    trade.supplier = order.supplier;
  }

  private void amend(Trade trade, Evidence evidence) {
    int version = 0;
    Trade.OrderLines lines = new Trade.OrderLines();
    for (int tag; (tag = in.tag()) != 0; )
      switch (tag) {
        case 2 << 3 -> version = in.int32();
        case 3 << 3 | TEXT -> orderLine(lines);
        default -> in.skip(tag);
      }
    if (trade.order == null || trade.order.version >= version) return;
    trade.order.version = version;
    trade.order.lines = lines;
    trade.order.evidence = evidence;
  }

  private void orderLine(Trade.OrderLines lines) {
    int line = 0;
    byte[] sku = Trade.NONE;
    long quantity = 0, price = 0;
    int outer = in.enter();
    for (int tag; (tag = in.tag()) != 0; )
      switch (tag) {
        case 1 << 3 -> line = in.int32();
        case 2 << 3 | TEXT -> sku = in.bytes();
        case 4 << 3 -> quantity = in.varint();
        case 5 << 3 -> price = in.varint();
        default -> in.skip(tag);
      }
    in.leave(outer);
    lines.add(line, sku, quantity, price);
  }

  private void accept(Trade trade, Evidence evidence) {
    trade.acceptance = evidence;
    trade.acceptedVersion = 0;
    for (int tag; (tag = in.tag()) != 0; )
      if (tag == 2 << 3) trade.acceptedVersion = in.int32();
      else in.skip(tag);
  }

  /** A newer version of the invoice supersedes the older one. */
  private void bill(Trade trade, Evidence evidence) {
    Trade.Billed billed = new Trade.Billed();
    billed.evidence = evidence;
    for (int tag; (tag = in.tag()) != 0; )
      switch (tag) {
        case 2 << 3 | TEXT -> billed.invoice = in.bytes();
        case 3 << 3 | TEXT -> billed.supplier = in.bytes();
        case 4 << 3 | TEXT -> billed.debtor = in.bytes();
        case 5 << 3 | TEXT -> billed.number = in.bytes();
        case 6 << 3 | TEXT -> billed.issuedOn = in.bytes();
        case 8 << 3 | TEXT -> billed.currency = in.bytes();
        case 9 << 3 -> billed.version = in.int32();
        case 10 << 3 | TEXT -> billed.lines.add(billedLine());
        case 11 << 3 | TEXT -> billed.orders.add(in.bytes());
        default -> in.skip(tag);
      }
    if (trade.buyer.length == 0 && trade.supplier.length == 0) {
      trade.supplier = billed.supplier;
      trade.buyer = billed.debtor;
    }
    Trade.Billed known = trade.invoice(billed.invoice);
    if (known != null && known.version >= billed.version) return;
    if (known != null) {
      billed.share = known.share;
      trade.invoices.remove(known);
    }
    trade.invoices.add(billed);
  }

  private Trade.BilledLine billedLine() {
    int line = 0, orderLine = 0;
    byte[] sku = Trade.NONE;
    long quantity = 0, price = 0, net = 0;
    int outer = in.enter();
    for (int tag; (tag = in.tag()) != 0; )
      switch (tag) {
        case 1 << 3 -> line = in.int32();
        case 3 << 3 -> orderLine = in.int32();
        case 4 << 3 | TEXT -> sku = in.bytes();
        case 5 << 3 -> quantity = in.varint();
        case 6 << 3 -> price = in.varint();
        case 7 << 3 -> net = in.varint();
        default -> in.skip(tag);
      }
    in.leave(outer);
    return new Trade.BilledLine(line, orderLine, sku, quantity, price, net);
  }

  private void checkFunds(Trade trade, Evidence evidence) {
    byte[] invoice = Trade.NONE, history = Trade.NONE;
    int version = 0;
    boolean stands = false;
    List<byte[]> missing = new ArrayList<>(0);
    for (int tag; (tag = in.tag()) != 0; )
      switch (tag) {
        case 2 << 3 | TEXT -> invoice = in.bytes();
        case 3 << 3 -> version = in.int32();
        case 5 << 3 -> stands = in.varint() != 0;
        case 6 << 3 | TEXT -> missing.add(in.bytes());
        case 7 << 3 | TEXT -> history = in.bytes();
        default -> in.skip(tag);
      }
    Trade.Funds checked = new Trade.Funds(invoice, version, stands, missing, history, evidence);
    for (int i = 0; i < trade.funds.size(); i++)
      if (Arrays.equals(trade.funds.get(i).invoice(), invoice)) {
        trade.funds.set(i, checked);
        return;
      }
    trade.funds.add(checked);
  }

  /** Shipped and delivered tell a carrier and, for both, lines as field 7; received and returned tell lines as field 6. */
  private void moveGoods(Trade trade, byte[] key, int kind, Evidence evidence) {
    boolean carried = kind == Trade.SHIPPED || kind == Trade.DELIVERED;
    int supplierTag = (carried ? 4 : 3) << 3 | TEXT, buyerTag = (carried ? 5 : 4) << 3 | TEXT;
    int lineTag = (carried ? 7 : 6) << 3 | TEXT;
    byte[] id = Trade.NONE, supplier = Trade.NONE, buyer = Trade.NONE;
    Quantities moved = new Quantities();
    int[] lines = new int[8];
    int size = 0;
    for (int tag; (tag = in.tag()) != 0; )
      if (tag == (2 << 3 | TEXT)) id = in.bytes();
      else if (tag == supplierTag) supplier = in.bytes();
      else if (tag == buyerTag) buyer = in.bytes();
      else if (tag == lineTag) {
        boolean ours = key.length == 0;
        int orderLine = 0;
        long quantity = 0;
        int outer = in.enter();
        for (int field; (field = in.tag()) != 0; )
          switch (field) {
            case 1 << 3 | TEXT -> ours = in.bytesEqual(key);
            case 2 << 3 -> orderLine = in.int32();
            case 4 << 3 -> quantity = in.varint();
            default -> in.skip(field);
          }
        in.leave(outer);
        if (!ours) continue;
        moved.add(orderLine, quantity);
        if (size == lines.length) lines = Arrays.copyOf(lines, size * 2);
        lines[size++] = orderLine;
      } else in.skip(tag);
    // One document moves the goods of an order once, however often it is told.
    for (Trade.Goods known : trade.goods) if (known.kind() == kind && Arrays.equals(known.id(), id)) return;
    trade.goods.add(new Trade.Goods(kind, id, Arrays.copyOf(lines, size), evidence));
    if (kind != Trade.SHIPPED) for (int i = 0; i < moved.size; i++) trade.counts[kind].add(moved.lines[i], moved.units[i]);
    if (trade.buyer.length > 0 || trade.supplier.length > 0) return;
    trade.supplier = supplier;
    trade.buyer = buyer;
  }
}
