/** What must hold of every entry of a journal, whatever its desk decides: its bounds, its time, and how a sweep goes through the items. */
import { decodeMessage, header, type deskWire } from '@triflow/contracts'
import { headerText, type OfficeLimits } from '@triflow/desk'
import type { Finder } from './findings.ts'
import type { Journal } from './journals.ts'

const typeOf = ({ headers }: deskWire.ConsumedRecord): string =>
  headerText({ headers: Object.fromEntries(headers.map(({ name, value }) => [name, value])) }, header.type)

const keyOf = ({ key }: deskWire.ConsumedRecord): string => Buffer.from(key).toString()

const isSweepStep = ({ own }: deskWire.ConsumedRecord): boolean => own === 'sweep' || own === 'sweep-done'

/** I18: no entry takes in or gives out more than the bounds say, so that no desk holds up its process or its log. */
const checkBounds = ({ id, bodies }: Journal, limits: Partial<OfficeLimits>, finder: Finder): void => {
  const { recordsPerEntry = Infinity, sweepStepsPerEntry = Infinity } = limits
  for (const { sequence, records } of bodies) {
    const steps = records.filter(isSweepStep).length
    const taken = records.filter(({ input }) => input >= 0).length
    finder.must('I18', steps <= sweepStepsPerEntry, () => `${id}@${sequence} has ${steps} steps of a sweep`)
    finder.must('I18', taken <= recordsPerEntry, () => `${id}@${sequence} takes ${taken} records in`)
  }
}

/** I12: time does not go back from one entry of a desk to the next. */
const checkTime = ({ id, entries }: Journal, finder: Finder): void => {
  for (const [index, { at, sequence }] of entries.entries()) {
    const before = entries[index - 1]?.at ?? at
    finder.must('I12', at >= before, () => `${id}@${sequence} was written ${before - at} ms before its predecessor`)
  }
}

/** I12: whoever takes a desk over begins with an entry that decides nothing: it proves that the tail was the tail. */
const checkOwners = ({ id, bodies }: Journal, finder: Finder): void => {
  let before = ''
  for (const { sequence, owner, records } of bodies) {
    const isProof = owner === before || records.length === 0
    finder.must(
      'I12',
      isProof,
      () => `${id}@${sequence}: ${owner} decides before it has proved that the desk is its own`,
    )
    before = owner
  }
}

/**
 * I10: a sweep visits every open item once, in the order of their keys, and while it is under way nothing else is taken
 * in. Which items are open is known here of desks that never close one.
 */
const checkSweeps = ({ desk, id, bodies }: Journal, finder: Finder): void => {
  const known = new Set<string>()
  let visited: string[] = []
  let isUnderWay = false
  for (const { sequence, records } of bodies)
    for (const record of records) {
      if (record.own === 'sweep-done') {
        const missed = desk.isClosed ? [] : [...known].filter((key) => !visited.includes(key))
        finder.must('I10', missed.length === 0, () => `${id}@${sequence}: a sweep passed over ${missed.join(', ')}`)
        visited = []
        isUnderWay = false
      } else if (record.own === 'sweep') {
        isUnderWay = true
        const key = keyOf(record)
        const last = visited.at(-1) ?? ''
        if (key === last) continue
        finder.must('I10', key > last, () => `${id}@${sequence}: a sweep visits ${key} after ${last}`)
        visited.push(key)
      } else if (record.input >= 0) {
        finder.must('I10', !isUnderWay, () => `${id}@${sequence} takes a ${typeOf(record)} in between steps of a sweep`)
        if (record.fate === 'applied' && record.facts > 1) known.add(keyOf(record))
      }
    }
}

export const checkEntries = (journals: readonly Journal[], limits: Partial<OfficeLimits>, finder: Finder): void => {
  for (const journal of journals) {
    checkBounds(journal, limits, finder)
    checkTime(journal, finder)
    checkOwners(journal, finder)
    checkSweeps(journal, finder)
  }
}

/** Called for each message that a desk took in, and for each that this led it to say, in the order of the journal. */
export const walkMessages = (
  { bodies }: Journal,
  heard: (message: { readonly type: string }) => void,
  said: (message: { readonly type: string }) => void,
): void => {
  for (const { records, facts } of bodies) {
    let told = 0
    for (const record of records) {
      if (record.input >= 0 && record.fate === 'applied') heard(decodeMessage(typeOf(record), record.value))
      for (const fact of facts.slice(told, told + record.facts))
        if (!fact.copy) said(decodeMessage(fact.type, fact.value))
      told += record.facts
    }
  }
}
