/** The demo's people and firms, all invented: a manufacturer, its suppliers, their carriers and a bank. */
import type { PartyParticulars } from '../actors/operator.ts'
import type { PayeeAccount } from '../actors/supplier.ts'

export interface Article {
  readonly sku: string
  readonly description: string
  /** Usual price in fen. */
  readonly priceMinor: bigint
}

export interface DemoSupplier extends PartyParticulars {
  readonly account: PayeeAccount
  readonly signatory: string
  readonly paymentTermDays: number
  readonly articles: readonly Article[]
}

export interface People {
  readonly manufacturer: PartyParticulars
  readonly bank: PartyParticulars
  readonly carriers: readonly PartyParticulars[]
  readonly suppliers: readonly DemoSupplier[]
  /** The bank's credit officer, and the manufacturer's receiving clerk. */
  readonly officer: string
  readonly clerk: string
}

const article = (sku: string, description: string, priceMinor: bigint): Article => ({ sku, description, priceMinor })

const supplier = (
  partyId: string,
  name: string,
  accountNumber: string,
  signatory: string,
  paymentTermDays: number,
  articles: readonly Article[],
): Omit<DemoSupplier, 'roles' | 'country'> => ({
  partyId,
  name,
  account: { accountNumber, accountName: name, bankName: 'Haiqing Commercial Bank 海清商业银行' },
  signatory,
  paymentTermDays,
  articles,
})

const suppliers = [
  supplier('baoyun-castings', 'Baoyun Castings 宝云铸造', 'CN6201480001', 'Song Min 宋敏', 60, [
    article('HSG-112', 'Motor housing, cast iron', 486_00n),
    article('HSG-132', 'Motor housing, aluminium', 712_50n),
    article('FLG-40', 'Bearing flange', 96_80n),
  ]),
  supplier('lingfeng-bearings', 'Lingfeng Bearings 岭峰轴承', 'CN6201480002', 'Ruan Tao 阮涛', 30, [
    article('BRG-6206', 'Deep groove ball bearing', 38_60n),
    article('BRG-6312', 'Deep groove ball bearing, heavy', 127_40n),
  ]),
  supplier('hexin-copper', 'Hexin Copper Wire 和信铜线', 'CN6201480003', 'Bai Xue 白雪', 14, [
    article('CU-080', 'Enamelled wire 0.80 mm, reel', 2_315_00n),
    article('CU-125', 'Enamelled wire 1.25 mm, reel', 2_268_00n),
  ]),
  supplier('yunshan-magnets', 'Yunshan Magnets 云山磁材', 'CN6201480004', 'Gao Lei 高磊', 45, [
    article('NDFE-35', 'Rotor magnet N35, set', 318_20n),
    article('NDFE-42', 'Rotor magnet N42, set', 452_90n),
  ]),
  supplier('tongli-fasteners', 'Tongli Fasteners 同力紧固件', 'CN6201480005', 'Qiu Jing 邱静', 7, [
    article('SCR-M8', 'Hex screw M8, box of 500', 164_30n),
    article('NUT-M8', 'Lock nut M8, box of 500', 88_70n),
    article('PIN-6', 'Dowel pin 6 mm, box of 200', 121_00n),
  ]),
  supplier('ruihe-coatings', 'Ruihe Coatings 瑞和涂料', 'CN6201480006', 'Meng Jia 孟佳', 30, [
    article('EPX-20', 'Epoxy primer, 20 kg', 655_00n),
    article('VAR-10', 'Insulating varnish, 10 l', 498_60n),
  ]),
]

/** A debtor belongs to one programme, so each story other than the first has a cast of its own; the bank is the same. */
export const peopleOf = (suffix: string): People => ({
  manufacturer: {
    partyId: `qiantang-drives${suffix}`,
    name: 'Qiantang Drive Systems 钱塘驱动',
    roles: ['buyer'],
    country: 'CN',
  },
  bank: { partyId: 'haiqing-bank', name: 'Haiqing Commercial Bank 海清商业银行', roles: ['funder'], country: 'CN' },
  carriers: [
    { partyId: `fengchi-logistics${suffix}`, name: 'Fengchi Logistics 风驰物流', roles: ['carrier'], country: 'CN' },
    { partyId: `changhe-freight${suffix}`, name: 'Changhe Freight 长河货运', roles: ['carrier'], country: 'CN' },
  ],
  suppliers: suppliers.map((one) => ({
    ...one,
    partyId: `${one.partyId}${suffix}`,
    roles: ['supplier'],
    country: 'CN',
  })),
  officer: 'Lin Yue 林玥',
  clerk: 'Zhao Ke 赵珂',
})
