package triflow.peer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** The three lanes of an order and what each still waits for, named by code and never filled in. */
final class Progress {
  static final byte[][] LANES = {
    Heard.ascii("waiting"), Heard.ascii("partial"), Heard.ascii("complete"), Heard.ascii("broken"),
  };
  private static final int WAITING = 0, PARTIAL = 1, COMPLETE = 2, BROKEN = 3;
  /** In the order in which they are told; what the funds side names otherwise follows in its own words. */
  static final byte[][] CODES = {
    Heard.ascii("order"), Heard.ascii("order-acceptance"), Heard.ascii("invoice"), Heard.ascii("programme"),
    Heard.ascii("goods-receipt"), Heard.ascii("delivery"), Heard.ascii("funds-check"), Heard.ascii("collection-account"),
    Heard.ascii("payee-account"), Heard.ascii("payee-verification"), Heard.ascii("payee-hold"), Heard.ascii("already-paid"),
  };
  private static final int ORDER = 0, ACCEPTANCE = 1, INVOICE = 2, PROGRAMME = 3, RECEIPT = 4, DELIVERY = 5, FUNDS = 6;
  private static final int HOLD = 10, PAID = 11;

  int information, goods, funds;
  /** A bit per code. */
  int missing;
  private TreeSet<String> others;

  /** Missing of one invoice, the first of it by name; null when the three flows stand. */
  static byte[] firstMissing(Trade trade, Trade.Billed invoice, Match match, Terms terms) {
    if (trade.order == null) return CODES[ORDER];
    if (!trade.informationStands()) return CODES[ACCEPTANCE];
    if (terms == null) return CODES[PROGRAMME];
    if (match == null || !match.goodsStand) return CODES[terms.needsReceipt() ? RECEIPT : DELIVERY];
    Trade.Funds funds = trade.fundsOf(invoice);
    if (funds == null) return CODES[FUNDS];
    if (!funds.stands()) return funds.missing().isEmpty() ? CODES[FUNDS] : funds.missing().get(0);
    return null;
  }

  static Progress of(Trade trade, List<Trade.Billed> invoices, Map<Trade.Billed, Match> matches, Terms.Book book) {
    Progress progress = new Progress();
    progress.information =
        trade.cancelled ? BROKEN
        : trade.informationStands() && !invoices.isEmpty() ? COMPLETE
        : trade.order != null || !invoices.isEmpty() ? PARTIAL
        : WAITING;
    Terms terms = trade.order == null ? null : book.of(trade.order.buyer, trade.order.currency);
    progress.goods = goods(trade, invoices, terms);
    progress.funds = funds(trade, invoices);
    if (!trade.cancelled) progress.name(trade, invoices, matches, terms, book);
    return progress;
  }

  /** Lanes and what is missing in one number, never 0: what of the lanes makes a new picture worth telling. */
  long picture() {
    long known = 1L << 18 | (long) information << 16 | (long) goods << 14 | (long) funds << 12 | missing;
    return others == null ? known : known | (long) others.hashCode() << 32;
  }

  void writeMissing(WireWriter out, int field) {
    for (int code = 0; code < CODES.length; code++) if ((missing & 1 << code) != 0) out.element(field, CODES[code]);
    if (others != null) for (String other : others) out.element(field, other.getBytes(StandardCharsets.UTF_8));
  }

  private static int goods(Trade trade, List<Trade.Billed> invoices, Terms terms) {
    if (trade.goods.isEmpty()) return WAITING;
    if (terms == null) return PARTIAL;
    Quantities taken = new Quantities();
    for (Trade.Billed invoice : invoices) {
      Quantities own = Match.takenOf(invoice);
      for (int i = 0; i < own.size; i++) taken.add(own.lines[i], own.units[i]);
    }
    for (int i = 0; i < taken.size; i++) if (taken.units[i] > Match.inHand(trade, taken.lines[i], terms)) return BROKEN;
    Trade.OrderLines ordered = trade.order.lines;
    for (int i = 0; i < ordered.size; i++) if (Match.inHand(trade, ordered.line[i], terms) < ordered.quantity[i]) return PARTIAL;
    return COMPLETE;
  }

  private static int funds(Trade trade, List<Trade.Billed> invoices) {
    int standing = 0;
    for (Trade.Billed invoice : invoices) {
      Trade.Funds check = trade.fundsOf(invoice);
      if (check == null) continue;
      for (byte[] code : check.missing()) if (Arrays.equals(code, CODES[HOLD]) || Arrays.equals(code, CODES[PAID])) return BROKEN;
      if (check.stands()) standing++;
    }
    return standing == 0 ? WAITING : standing == invoices.size() ? COMPLETE : PARTIAL;
  }

  private void name(Trade trade, List<Trade.Billed> invoices, Map<Trade.Billed, Match> matches, Terms orders, Terms.Book book) {
    if (trade.order == null) missing |= 1 << ORDER;
    if (!trade.informationStands()) missing |= 1 << ACCEPTANCE;
    for (Trade.Billed invoice : invoices) {
      Terms terms = book.of(invoice.debtor, invoice.currency);
      Match match = matches.get(invoice);
      if (terms == null) missing |= 1 << PROGRAMME;
      else if (match == null || !match.goodsStand) missing |= 1 << (terms.needsReceipt() ? RECEIPT : DELIVERY);
      Trade.Funds funds = trade.fundsOf(invoice);
      if (funds == null || (!funds.stands() && funds.missing().isEmpty())) missing |= 1 << FUNDS;
      else if (!funds.stands()) for (byte[] code : funds.missing()) add(code);
    }
    if (!invoices.isEmpty()) return;
    missing |= 1 << INVOICE;
    if (trade.order == null) return;
    if (orders == null) {
      missing |= 1 << PROGRAMME;
      return;
    }
    for (int i = 0; i < trade.order.lines.size; i++) if (Match.inHand(trade, trade.order.lines.line[i], orders) > 0) return;
    missing |= 1 << (orders.needsReceipt() ? RECEIPT : DELIVERY);
  }

  private void add(byte[] code) {
    for (int i = 0; i < CODES.length; i++)
      if (Arrays.equals(CODES[i], code)) {
        missing |= 1 << i;
        return;
      }
    if (others == null) others = new TreeSet<>();
    others.add(new String(code, StandardCharsets.UTF_8));
  }
}
