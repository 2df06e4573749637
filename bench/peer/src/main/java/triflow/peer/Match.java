package triflow.peer;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** An order's share of an invoice: its lines against what was ordered, what came, and what other invoices took. */
final class Match {
  static final byte[] MATCHED = Heard.ascii("matched"), REDUCED = Heard.ascii("reduced"), REFERRED = Heard.ascii("referred");
  static final byte[] REFUSED = Heard.ascii("refused"), WAITING = Heard.ascii("waiting");
  private static final byte[] SHORT = Heard.ascii("short-received"), OVER = Heard.ascii("over-billed");
  private static final byte[] ALREADY = Heard.ascii("already-billed"), DEAR = Heard.ascii("price-over");
  private static final byte[] UNKNOWN = Heard.ascii("unknown-line"), WRONG_SKU = Heard.ascii("wrong-sku");
  private static final byte[] ALREADY_PAID = Heard.ascii("already-paid");

  record Line(
      Trade.BilledLine billed, long ordered, long inHand, long taken, long units, long orderedPrice, long net, byte[] verdict, byte[] other) {
    Line emptied() {
      return new Line(billed, ordered, inHand, taken, 0, orderedPrice, 0, verdict, other);
    }
  }

  final List<Line> lines;
  final byte[] verdict;
  final byte[] reason;
  final byte[] other;
  final long net;
  /** False while goods that could still come are all that is missing. */
  final boolean goodsStand;

  Match(List<Line> lines, byte[] verdict, byte[] reason, byte[] other, long net, boolean goodsStand) {
    this.lines = lines;
    this.verdict = verdict;
    this.reason = reason;
    this.other = other;
    this.net = net;
    this.goodsStand = goodsStand;
  }

  static Match without(Match match, byte[] verdict, byte[] reason) {
    return new Match(match == null ? List.of() : emptied(match.lines), verdict, reason, Trade.NONE, 0, false);
  }

  static long inHand(Trade trade, int line, Terms terms) {
    return trade.counts[terms.needsReceipt() ? Trade.RECEIVED : Trade.DELIVERED].get(line) - trade.counts[Trade.RETURNED].get(line);
  }

  /** Units per order line that an invoice stands on: what its share took; all that it bills once the debtor has paid it. */
  static Quantities takenOf(Trade.Billed invoice) {
    if (invoice.share == null) return new Quantities();
    if (!Arrays.equals(invoice.share.reason(), ALREADY_PAID)) return invoice.share.taken();
    Quantities billed = new Quantities();
    for (Trade.BilledLine line : invoice.lines) billed.add(line.orderLine(), line.quantity());
    return billed;
  }

  Quantities taken() {
    Quantities taken = new Quantities();
    for (Line line : lines) if (line.units > 0) taken.add(line.billed.orderLine(), line.units);
    return taken;
  }

  /** `invoices` oldest first; `retold` holds shares that this very decision tells. */
  static Match of(
      Trade trade, Trade.Billed invoice, List<Trade.Billed> invoices, Terms terms, Map<Trade.Billed, Quantities> retold) {
    List<Line> lines = new ArrayList<>(invoice.lines.size());
    Quantities takenHere = new Quantities();
    byte[] gravest = null;
    byte[] elsewhere = Trade.NONE;
    boolean unknown = false, anyUnits = false;
    long net = 0;
    for (Trade.BilledLine billed : invoice.lines) {
      Line line = line(trade, invoice, billed, invoices, terms, retold, takenHere.get(billed.orderLine()));
      takenHere.add(billed.orderLine(), line.units);
      lines.add(line);
      net += line.net;
      anyUnits |= line.units > 0;
      unknown |= line.verdict == UNKNOWN || line.verdict == WRONG_SKU;
      if (rank(line.verdict) > rank(gravest)) {
        gravest = line.verdict;
        elsewhere = line.verdict == ALREADY ? line.other : Trade.NONE;
      }
    }
    if (unknown) return new Match(emptied(lines), REFUSED, Heard.ascii("UnknownOrderLine"), Trade.NONE, 0, anyGoods(trade, terms));
    if (!anyUnits) return nothingLeft(trade, invoice, lines);
    if (gravest == DEAR) return new Match(lines, REFERRED, Heard.ascii("PriceOverTolerance"), Trade.NONE, net, true);
    if (gravest == ALREADY) return new Match(lines, REFERRED, Heard.ascii("GoodsAlreadyBilled"), elsewhere, net, true);
    if (gravest == SHORT) return new Match(lines, REDUCED, Heard.ascii("ShortReceived"), Trade.NONE, net, true);
    if (gravest == OVER) return new Match(lines, REDUCED, Heard.ascii("OverBilled"), Trade.NONE, net, true);
    return new Match(lines, MATCHED, Trade.NONE, Trade.NONE, net, true);
  }

  private static int rank(byte[] verdict) {
    return verdict == DEAR ? 4 : verdict == ALREADY ? 3 : verdict == SHORT ? 2 : verdict == OVER ? 1 : 0;
  }

  private static Line line(
      Trade trade,
      Trade.Billed invoice,
      Trade.BilledLine billed,
      List<Trade.Billed> invoices,
      Terms terms,
      Map<Trade.Billed, Quantities> retold,
      long takenHere) {
    int orderLine = billed.orderLine();
    long inHand = inHand(trade, orderLine, terms);
    long taken = 0;
    byte[] taker = Trade.NONE;
    for (Trade.Billed each : invoices) {
      if (each == invoice) continue;
      Quantities own = retold.get(each);
      long units = (own == null ? takenOf(each) : own).get(orderLine);
      if (units == 0) continue;
      taken += units;
      if (taker.length == 0) taker = each.invoice;
    }
    Trade.OrderLines ordered = trade.order.lines;
    int at = ordered.find(orderLine);
    if (at < 0) return new Line(billed, 0, inHand, taken, 0, 0, 0, UNKNOWN, Trade.NONE);
    long quantity = ordered.quantity[at], price = ordered.price[at];
    if (!Arrays.equals(ordered.sku[at], billed.sku())) return new Line(billed, quantity, inHand, taken, 0, price, 0, WRONG_SKU, Trade.NONE);
    long roomOrdered = Math.max(0, quantity - taken - takenHere);
    long roomInHand = Math.max(0, inHand - taken - takenHere);
    long units = Math.min(billed.quantity(), Math.min(roomOrdered, roomInHand));
    long tolerance = Math.min(terms.priceToleranceMinor(), Math.floorDiv(Math.multiplyExact(price, terms.priceToleranceBps()), 10_000));
    boolean dear = billed.price() > price + tolerance;
    byte[] fared = MATCHED;
    if (units != billed.quantity()) fared = roomOrdered > roomInHand ? SHORT : roomOrdered == 0 && taken > 0 ? ALREADY : OVER;
    long net = Math.min(Math.multiplyExact(units, dear ? price : billed.price()), billed.net());
    byte[] verdict = dear && fared != ALREADY ? DEAR : fared;
    return new Line(billed, quantity, inHand, taken, units, price, net, verdict, units < billed.quantity() ? taker : Trade.NONE);
  }

  private static boolean anyGoods(Trade trade, Terms terms) {
    Quantities came = trade.counts[terms.needsReceipt() ? Trade.RECEIVED : Trade.DELIVERED];
    for (int i = 0; i < came.size; i++) if (inHand(trade, came.lines[i], terms) > 0) return true;
    return false;
  }

  /** Because another invoice stands on the goods, because the order is used up, or because goods may still come. */
  private static Match nothingLeft(Trade trade, Trade.Billed invoice, List<Line> lines) {
    byte[] first = Trade.NONE, redated = Trade.NONE;
    boolean usedUp = true;
    for (Line line : lines) {
      usedUp &= line.taken >= line.ordered;
      if (line.other.length == 0) continue;
      if (first.length == 0) first = line.other;
      Trade.Billed other = trade.invoice(line.other);
      if (redated.length == 0 && normalised(other.number).equals(normalised(invoice.number))) redated = line.other;
    }
    if (redated.length > 0) return new Match(emptied(lines), REFUSED, Heard.ascii("InvoiceRedated"), redated, 0, true);
    if (usedUp && first.length > 0) return new Match(emptied(lines), REFUSED, Heard.ascii("GoodsAlreadyBilled"), first, 0, true);
    if (usedUp) return new Match(emptied(lines), REFUSED, Heard.ascii("OverBilled"), Trade.NONE, 0, true);
    return new Match(lines, WAITING, Trade.NONE, Trade.NONE, 0, false);
  }

  private static String normalised(byte[] number) {
    return Normalizer.normalize(new String(number, StandardCharsets.UTF_8), Normalizer.Form.NFKC)
        .toUpperCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N}\\-._]", "");
  }

  private static List<Line> emptied(List<Line> lines) {
    List<Line> emptied = new ArrayList<>(lines.size());
    for (Line line : lines) emptied.add(line.emptied());
    return emptied;
  }
}
