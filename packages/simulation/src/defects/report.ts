/** Which planted defects the simulation caught, by which invariant, and after how many trades: the test of the test. */
import Table from 'cli-table3'
import { keepShowing } from '@triflow/journeys/reliability'
import type { DefectShowing } from '@triflow/journeys/reliability/showings'
import type { Caught } from './hunt.ts'
import { copySources, defectNames, meaningOf, plant, type Copy } from './plant.ts'

/** A defect that so many trades do not show is not caught. */
const TRADES_MOST = 10_000
const WITHIN_MS = 1_800_000
const TELL_EVERY_MS = 10_000
const SIGN_SHOWN = 240

export interface HuntOptions {
  readonly names?: readonly string[]
  readonly say: (line: string) => void
  /** Called after each seed of each hunt. */
  readonly onSeed?: (defect: string, soFar: Caught, seconds: number) => void
  readonly signal?: AbortSignal
}

const huntOne = async (copy: Copy, defect: string, options: HuntOptions): Promise<DefectShowing> => {
  const startedAt = performance.now()
  const seconds = (): number => Math.round((performance.now() - startedAt) / 100) / 10
  let soFar: Caught | undefined
  const told = (caught: boolean, firstSign: string): DefectShowing => ({
    defect,
    meaning: meaningOf(defect),
    caught,
    invariants: caught ? soFar!.invariants : [],
    seeds: soFar?.seed ?? 0,
    trades: soFar?.trades ?? 0,
    seconds: seconds(),
    firstSign: firstSign.replaceAll(copy.path, '').slice(0, SIGN_SHOWN),
  })
  const signal = options.signal ?? new AbortController().signal
  const onSeed = (now: Caught): void => {
    soFar = now
    options.onSeed?.(defect, now, seconds())
  }
  try {
    const { caught, sentence } = await plant(copy, defect, {
      tradesMost: TRADES_MOST,
      withinMs: WITHIN_MS,
      signal,
      onSeed,
    })
    return told(caught, caught ? sentence : `nothing was wrong in ${TRADES_MOST} trades`)
  } catch (error) {
    return told(false, error instanceof Error ? error.message : String(error))
  }
}

const sentenceOf = ({ defect, caught, invariants, trades, seconds, firstSign }: DefectShowing): string =>
  caught
    ? `${defect}: caught by ${invariants.join(' ')} after ${trades} trades, ${seconds} s`
    : `${defect}: not caught: ${firstSign}`

/** Hunts for one after another; ends early when the signal says so. */
export const huntDefects = async (options: HuntOptions): Promise<readonly DefectShowing[]> => {
  const copy = copySources()
  const hunted: DefectShowing[] = []
  try {
    for (const name of options.names ?? defectNames()) {
      const one = await huntOne(copy, name, options)
      if (options.signal?.aborted) break
      hunted.push(one)
      options.say(sentenceOf(one))
    }
  } finally {
    copy.remove()
  }
  return hunted
}

const tableOf = (hunted: readonly DefectShowing[]): string => {
  const table = new Table({
    head: ['defect', 'caught by', 'trades', 's', 'first sign'],
    colWidths: [34, 16, 8, 7, 60],
    wordWrap: true,
    style: { head: [], border: [] },
  })
  for (const { defect, caught, invariants, trades, seconds, firstSign } of hunted)
    table.push([defect, caught ? invariants.join(' ') : 'nobody', trades, seconds, firstSign])
  return table.toString()
}

/** One line that is written over on a terminal; elsewhere a line now and then. */
const progress = (): NonNullable<HuntOptions['onSeed']> => {
  let toldAt = performance.now()
  return (defect, { trades }, seconds) => {
    const isTerminal = process.stdout.isTTY
    if (!isTerminal && performance.now() - toldAt < TELL_EVERY_MS) return
    toldAt = performance.now()
    const line = `${defect}: ${trades} trades, ${seconds} s`
    process.stdout.write(isTerminal ? `\r\x1b[K${line}\r` : `${line}\n`)
  }
}

/** Until it is told to end, by the terminal and maybe once more by the launcher: nothing started or copied is left behind. */
const endedBySignals = (): AbortSignal => {
  const ending = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => ending.abort())
  return ending.signal
}

/** `triflow simulate --defects`: says what became of each; the exit code is 0 when every one was caught. */
export const runDefects = async (names: readonly string[] | undefined, record: boolean): Promise<number> => {
  const unknown = (names ?? []).filter((name) => !defectNames().includes(name))
  if (unknown.length > 0) {
    console.error(`There is no defect called ${unknown.join(', ')}. There are: ${defectNames().join(', ')}`)
    return 1
  }
  const say = (line: string): void => console.log(process.stdout.isTTY ? `\r\x1b[K${line}` : line)
  const signal = endedBySignals()
  const hunted = await huntDefects({ ...(names ? { names } : {}), say, onSeed: progress(), signal })
  console.log(tableOf(hunted))
  if (signal.aborted) {
    console.log('simulate: ended before all defects were looked for')
    return 130
  }
  const missed = hunted.filter(({ caught }) => !caught)
  if (record) {
    const asked = names ? ` ${names.join(' ')}` : ''
    console.log(`kept in ${keepShowing('defects', `./triflow simulate --defects${asked} --record`, hunted)}`)
  }
  console.log(
    missed.length === 0
      ? `simulate: all ${hunted.length} defects were caught`
      : `simulate: ${missed.length} of ${hunted.length} defects were not caught`,
  )
  return missed.length === 0 ? 0 : 1
}
