package triflow.peer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.utils.Bytes;

/** What a debtor's programmes ask of a match: where several would take an invoice, the strictest of each term holds. */
record Terms(boolean needsReceipt, int priceToleranceBps, long priceToleranceMinor) {
  private record Programme(byte[] id, byte[] currency, Terms terms) {}

  /** Programmes by debtor, as their openings on the broadcast topic tell them. */
  static final class Book {
    private final Map<Bytes, List<Programme>> byDebtor = new HashMap<>();

    int size() {
      return byDebtor.size();
    }

    /** Null when no programme covers the debtor's invoices in this currency. */
    Terms of(byte[] debtor, byte[] currency) {
      Terms strictest = null;
      List<Programme> programmes = byDebtor.get(Bytes.wrap(debtor));
      if (programmes == null) return null;
      for (Programme programme : programmes)
        if (Arrays.equals(programme.currency, currency)) strictest = strictest == null ? programme.terms : strictest.and(programme.terms);
      return strictest;
    }

    /** A triflow.party.v1.ProgrammeOpened. */
    void open(byte[] value) {
      WireReader in = new WireReader().over(value);
      for (int tag; (tag = in.tag()) != 0; ) {
        if (tag != 10) {
          in.skip(tag);
          continue;
        }
        byte[] id = {}, debtor = {}, currency = {}, goodsEvidence = {};
        int bps = 0;
        long minor = 0;
        int outer = in.enter();
        for (int field; (field = in.tag()) != 0; )
          switch (field) {
            case 1 << 3 | 2 -> id = in.bytes();
            case 2 << 3 | 2 -> debtor = in.bytes();
            case 4 << 3 | 2 -> currency = in.bytes();
            case 10 << 3 | 2 -> goodsEvidence = in.bytes();
            case 12 << 3 -> bps = in.int32();
            case 13 << 3 -> minor = in.varint();
            default -> in.skip(field);
          }
        in.leave(outer);
        boolean receipt = Arrays.equals(goodsEvidence, Heard.ascii("receipt"));
        if (!receipt && !Arrays.equals(goodsEvidence, Heard.ascii("delivery"))) continue;
        byte[] programmeId = id;
        List<Programme> programmes = byDebtor.computeIfAbsent(Bytes.wrap(debtor), missing -> new ArrayList<>());
        programmes.removeIf(known -> Arrays.equals(known.id, programmeId));
        programmes.add(new Programme(id, currency, new Terms(receipt, bps, minor)));
      }
    }
  }

  private Terms and(Terms other) {
    return new Terms(
        needsReceipt || other.needsReceipt,
        Math.min(priceToleranceBps, other.priceToleranceBps),
        Math.min(priceToleranceMinor, other.priceToleranceMinor));
  }
}
