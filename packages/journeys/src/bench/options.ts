/** What workloads are told on the command line. */
import type { Command } from 'commander'
import { atLeastOne } from '../whole-number.ts'
import type { BenchWorld } from './bench-world.ts'

/** Of every workload. */
export interface Kept {
  readonly full?: boolean
  readonly record?: boolean
}

/** Of those that send trades of one shape. */
export interface Shaped extends Kept {
  readonly debtors: number
  readonly lines: number
  readonly profile?: string
}

/** `full` says what the long form is. */
export const workload = (bench: Command, name: string, description: string, full: string): Command =>
  bench
    .command(name)
    .description(description)
    .option('--full', `the long form: ${full}`)
    .option('--record', `keep what it shows in bench/results, with the table over all workloads`)

export const shaped = (bench: Command, name: string, description: string, full: string, debtors = 40): Command =>
  workload(bench, name, description, full)
    .option('--debtors <n>', 'debtors that trades are spread over', atLeastOne, debtors)
    .option('--lines <n>', 'lines per order', atLeastOne, 5)
    .option('--profile <dir>', 'write a CPU profile of the service there')

export const shapeOf = ({ desks }: Pick<BenchWorld, 'desks'>, { debtors, lines }: Shaped) => ({
  desks,
  debtors,
  linesPerOrder: lines,
})
