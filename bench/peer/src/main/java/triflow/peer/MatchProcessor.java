package triflow.peer;

import java.time.Instant;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** One fact at a time: check it, fold it into its order's state, decide, tell, keep the state. */
final class MatchProcessor implements Processor<Bytes, byte[], Bytes, byte[]>, TradeDesk.Voice {
  static final String STORE = "trades", OUT = "matches", SHARES = "shares", DEAD = "dead-letters";
  private static final byte[] ORDER = Heard.ascii("order"), ACCEPTANCE = Heard.ascii("acceptance"), INVOICE = Heard.ascii("invoice");
  private static final byte[] GOODS = Heard.ascii("goods"), FUNDS = Heard.ascii("funds");
  private static final byte[] SHARE_MATCHED = Heard.ascii("triflow.financing.v1.ShareMatched");
  private static final byte[] TRADE_PROGRESSED = Heard.ascii("triflow.financing.v1.TradeProgressed");
  private static final byte[] SOURCE = Heard.ascii("/triflow/peer/trade"), CONTENT = Heard.ascii("application/protobuf");
  private static final Header SPEC = new RecordHeader("ce_specversion", Heard.ascii("1.0"));

  private final Heard heard = new Heard();
  private final Facts facts = new Facts();
  private final WireReader in = new WireReader();
  private final WireWriter out = new WireWriter();
  private final CRC32 crc = new CRC32();
  private final TradeDesk desk;
  private ProcessorContext<Bytes, byte[]> context;
  private KeyValueStore<Bytes, byte[]> store;
  private Record<Bytes, byte[]> record;
  private int told;
  private long at;
  private byte[] time = {};

  MatchProcessor(Terms.Book book) {
    desk = new TradeDesk(book);
  }

  @Override
  public void init(ProcessorContext<Bytes, byte[]> given) {
    context = given;
    store = given.getStateStore(STORE);
  }

  @Override
  public void process(Record<Bytes, byte[]> next) {
    record = next;
    told = 0;
    if (!heard.open(next)) {
      context.forward(next, DEAD);
      return;
    }
    byte[] known = store.get(next.key());
    Trade trade = known == null ? new Trade() : Trade.read(in.over(known));
    if (!trade.mark(heard.desk(), heard.number())) return;
    if (!facts.fold(trade, next.key().get(), heard.type(), next.value(), heard.evidence())) {
      context.forward(next, DEAD);
      return;
    }
    desk.look(trade, this);
    store.put(next.key(), trade.write(out));
  }

  @Override
  public void progressed(Trade trade, Progress progress) {
    out.clear();
    out.bytes(1, record.key().get());
    out.bytes(2, trade.buyer);
    out.bytes(3, trade.supplier);
    out.bytes(4, Progress.LANES[progress.information]);
    out.bytes(5, Progress.LANES[progress.goods]);
    out.bytes(6, Progress.LANES[progress.funds]);
    progress.writeMissing(out, 7);
    tell(record.key(), TRADE_PROGRESSED, out.toBytes(), OUT);
  }

  @Override
  public void matched(Trade trade, Trade.Billed invoice, Match match, Terms terms, int revision) {
    long billed = 0;
    for (Trade.BilledLine line : invoice.lines) billed += line.net();
    out.clear();
    out.bytes(1, record.key().get());
    out.bytes(2, invoice.invoice);
    out.number(3, invoice.version);
    out.number(4, revision);
    out.bytes(5, invoice.supplier);
    out.bytes(6, invoice.debtor);
    out.bytes(7, invoice.currency);
    out.number(8, billed);
    out.number(9, match.net);
    for (Match.Line line : match.lines) write(line);
    for (byte[] order : invoice.orders) out.element(11, order);
    cite(trade, invoice, terms);
    out.bytes(13, match.verdict);
    out.bytes(14, match.reason);
    out.bytes(15, match.other);
    out.number(16, context.currentSystemTimeMs());
    Trade.Funds funds = trade.fundsOf(invoice);
    if (funds != null) out.bytes(17, funds.history());
    byte[] share = out.toBytes();
    tell(record.key(), SHARE_MATCHED, share, OUT);
    tell(Bytes.wrap(invoice.debtor), SHARE_MATCHED, share, SHARES);
  }

  private void write(Match.Line line) {
    int start = out.open(10);
    out.number(1, line.billed().line());
    out.number(2, line.billed().orderLine());
    out.bytes(3, line.billed().sku());
    out.number(4, line.billed().quantity());
    out.number(5, line.ordered());
    out.number(6, line.inHand());
    out.number(7, line.taken());
    out.number(8, line.units());
    out.number(9, line.billed().price());
    out.number(10, line.orderedPrice());
    out.number(11, line.billed().net());
    out.number(12, line.net());
    out.bytes(13, line.verdict());
    out.bytes(14, line.other());
    out.close(start);
  }

  /** The records that the share stands on. */
  private void cite(Trade trade, Trade.Billed invoice, Terms terms) {
    if (trade.order != null) trade.order.evidence.write(out, 12, ORDER);
    if (trade.acceptance != null) trade.acceptance.write(out, 12, ACCEPTANCE);
    invoice.evidence.write(out, 12, INVOICE);
    int kind = terms != null && !terms.needsReceipt() ? Trade.DELIVERED : Trade.RECEIVED;
    for (Trade.Goods goods : trade.goods)
      if ((goods.kind() == kind || goods.kind() == Trade.RETURNED) && touches(goods, invoice)) goods.evidence().write(out, 12, GOODS);
    Trade.Funds funds = trade.fundsOf(invoice);
    if (funds != null) funds.evidence().write(out, 12, FUNDS);
  }

  private static boolean touches(Trade.Goods goods, Trade.Billed invoice) {
    for (int moved : goods.orderLines()) for (Trade.BilledLine line : invoice.lines) if (line.orderLine() == moved) return true;
    return false;
  }

  /** A value, as a CloudEvent with our checksum. Its id follows from its cause, so that a repeat is known by it. */
  private void tell(Bytes key, byte[] type, byte[] value, String where) {
    byte[] cause = heard.id();
    byte[] id = Arrays.copyOf(cause, cause.length + 2);
    id[cause.length] = '/';
    id[cause.length + 1] = (byte) ('0' + told++);
    long now = context.currentSystemTimeMs();
    if (now != at) time = Heard.ascii(Instant.ofEpochMilli(now).toString());
    at = now;
    byte[] trace = heard.traceparent();
    byte[] checksum = checksum(key.get(), value, id, type, trace);
    Header[] headers = new Header[trace == null ? 7 : 8];
    headers[0] = SPEC;
    headers[1] = new RecordHeader("ce_id", id);
    headers[2] = new RecordHeader("ce_source", SOURCE);
    headers[3] = new RecordHeader("ce_type", type);
    headers[4] = new RecordHeader("ce_time", time);
    headers[5] = new RecordHeader("content-type", CONTENT);
    headers[6] = new RecordHeader("triflow-checksum", checksum);
    if (trace != null) headers[7] = new RecordHeader("traceparent", trace);
    context.forward(new Record<>(key, value, record.timestamp(), new RecordHeaders(headers)), where);
  }

  /** The product's: key, value and the headers that are believed, a zero between them. */
  private byte[] checksum(byte[] key, byte[] value, byte[] id, byte[] type, byte[] trace) {
    crc.reset();
    crc.update(key);
    for (byte[] part : new byte[][] {value, id, SOURCE, type, time, trace, null, null, null}) {
      crc.update(0);
      if (part != null) crc.update(part);
    }
    byte[] digits = new byte[8];
    for (int i = 0; i < 8; i++) digits[i] = (byte) Character.forDigit((int) (crc.getValue() >> (28 - 4 * i)) & 15, 16);
    return digits;
  }
}
