/** How a run begins: parties, accounts, programmes, the first business day, and suppliers who join early or late. */
import { chanceOf, type Stage } from './stage.ts'

const OPENING = 1_000_001

/** Resolves when trade may begin, with what is still under way. */
export const openStage = async (stage: Stage): Promise<{ readonly joined: Promise<unknown> }> => {
  const { cast, voice } = stage
  const { funderId, debtors, suppliers, carriers, firstDay } = cast
  const chance = chanceOf(stage, OPENING)
  const register = (partyId: string, role: string): Promise<unknown> =>
    voice.say('operator', `party ${partyId}`, {
      type: 'RegisterParty',
      partyId,
      name: partyId.toUpperCase(),
      roles: [role],
      country: 'CN',
      clientKeys: [],
    })
  await Promise.all([
    register(funderId, 'funder'),
    ...debtors.map(({ partyId }) => register(partyId, 'buyer')),
    ...suppliers.map(({ partyId }) => register(partyId, 'supplier')),
    ...carriers.map((partyId) => register(partyId, 'carrier')),
  ])
  const join = async (partyId: string, account: string, isLate: boolean): Promise<void> => {
    const name = {
      type: 'RegisterBankAccount',
      partyId,
      accountNumber: account,
      accountName: partyId,
      bankName: 'Haiqing',
    } as const
    await voice.say(partyId, `account ${account}`, name)
    if (isLate) await chance.pause(20_000)
    const verify = (accountNumber = account): Promise<unknown> =>
      voice.say(funderId, `verify ${accountNumber}`, {
        type: 'VerifyBankAccount',
        partyId,
        accountNumber,
        verifiedBy: 'Lin Yue',
      })
    // Whoever enrols in another order than that of the names makes desks remember their debtors in that order.
    const asJoined = chance.of(50) ? debtors : debtors.toReversed()
    const enrol = async (): Promise<void> => {
      for (const { programme } of asJoined)
        await voice.say(partyId, `enrol ${programme.programmeId}`, {
          type: 'EnrolSupplier',
          partyId,
          programmeId: programme.programmeId,
          debtorId: programme.debtorId,
          termsReference: 'terms/1',
          acceptedBy: 'Song Min',
          acceptedOn: firstDay,
        })
    }
    if (chance.of(50)) {
      await verify()
      await enrol()
    } else await Promise.all([enrol(), verify()])
    if (chance.of(60)) return
    // A supplier changes its bank while trades are under way: what is to be paid out then waits for the verification.
    await chance.pause(30_000)
    const other = `${account}-2`
    await voice.say(partyId, `account ${other}`, { ...name, accountNumber: other })
    await chance.pause(20_000)
    await verify(other)
  }
  await voice.say('operator', 'first day', { type: 'OpenFirstBusinessDay', date: firstDay })
  stage.today = firstDay
  for (const { programme } of debtors)
    await voice.say(funderId, programme.programmeId, { type: 'OpenProgramme', programme })
  const joined = Promise.all(suppliers.map(({ partyId, account }) => join(partyId, account, chance.of(20))))
  if (chance.of(70)) await joined
  return { joined }
}
