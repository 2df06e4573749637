package triflow.peer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Decides after every fact: each invoice of the order, oldest first, is looked at, and what changed is told. */
final class TradeDesk {
  /** Hears what the desk tells, in this order: the lanes before the shares. */
  interface Voice {
    void progressed(Trade trade, Progress progress);

    void matched(Trade trade, Trade.Billed invoice, Match match, Terms terms, int revision);
  }

  private static final byte[] CANCELLED = Heard.ascii("OrderCancelled"), PARTIES = Heard.ascii("PartiesDiffer");
  private static final byte[] CURRENCY = Heard.ascii("CurrencyDiffers");
  private static final Comparator<Trade.Billed> BY_ISSUE =
      (a, b) -> {
        int byDate = Arrays.compareUnsigned(a.issuedOn, b.issuedOn);
        return byDate != 0 ? byDate : Arrays.compareUnsigned(a.invoice, b.invoice);
      };

  private final Terms.Book book;

  TradeDesk(Terms.Book book) {
    this.book = book;
  }

  void look(Trade trade, Voice voice) {
    List<Trade.Billed> invoices = trade.invoices;
    if (invoices.size() > 1) invoices.sort(BY_ISSUE);
    Map<Trade.Billed, Match> matches = invoices.isEmpty() ? Map.of() : new IdentityHashMap<>(2);
    Map<Trade.Billed, Match> told = invoices.isEmpty() ? Map.of() : new IdentityHashMap<>(2);
    Map<Trade.Billed, Quantities> retold = invoices.isEmpty() ? Map.of() : new IdentityHashMap<>(2);
    for (Trade.Billed invoice : invoices) {
      Terms terms = book.of(invoice.debtor, invoice.currency);
      Match match = terms == null || trade.order == null ? null : Match.of(trade, invoice, invoices, terms, retold);
      if (match != null) matches.put(invoice, match);
      Match now = matchToTell(trade, invoice, match, terms);
      if (now == null || isAsTold(invoice, now)) continue;
      retold.put(invoice, now.taken());
      told.put(invoice, now);
    }
    Progress progress = Progress.of(trade, invoices, matches, book);
    if (progress.picture() != trade.picture) {
      trade.picture = progress.picture();
      voice.progressed(trade, progress);
    }
    for (Trade.Billed invoice : new ArrayList<>(invoices)) {
      Match match = told.get(invoice);
      if (match == null) continue;
      int revision = invoice.share == null ? 1 : invoice.share.revision() + 1;
      voice.matched(trade, invoice, match, book.of(invoice.debtor, invoice.currency), revision);
      invoice.share = new Trade.Share(revision, invoice.version, match.verdict, match.reason, match.other, match.net, match.taken());
    }
  }

  /** Contradictions that no further evidence could cure are refused; what no longer stands is taken back. */
  private Match matchToTell(Trade trade, Trade.Billed invoice, Match match, Terms terms) {
    byte[] refused = contradiction(trade, invoice);
    if (refused != null) return Match.without(match, Match.REFUSED, refused);
    byte[] missing = Progress.firstMissing(trade, invoice, match, terms);
    if (missing == null) return match;
    return invoice.share == null ? null : Match.without(match, Match.WAITING, missing);
  }

  private static byte[] contradiction(Trade trade, Trade.Billed invoice) {
    if (trade.order == null) return null;
    if (trade.cancelled) return CANCELLED;
    if (!Arrays.equals(invoice.supplier, trade.order.supplier) || !Arrays.equals(invoice.debtor, trade.order.buyer)) return PARTIES;
    return Arrays.equals(invoice.currency, trade.order.currency) ? null : CURRENCY;
  }

  private static boolean isAsTold(Trade.Billed invoice, Match match) {
    Trade.Share told = invoice.share;
    return told != null
        && told.version() == invoice.version
        && Arrays.equals(told.verdict(), match.verdict)
        && Arrays.equals(told.reason(), match.reason)
        && Arrays.equals(told.other(), match.other)
        && told.net() == match.net
        && told.taken().sameAs(match.taken());
  }
}
