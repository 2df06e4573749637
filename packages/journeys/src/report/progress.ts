/** Progress of a job: bars at a terminal, a plain line now and then elsewhere. */
import cliProgress from 'cli-progress'

export interface Bar {
  advance(by?: number, note?: string): void
}

export interface Progress {
  bar(label: string, total: number): Bar
  say(sentence: string): void
  /** Ends all bars; what is said afterwards stands below them. */
  end(): void
}

/** At most this many plain lines per bar. */
const PLAIN_STEPS = 5

const atTerminal = (out: NodeJS.WriteStream): Progress => {
  const multi = new cliProgress.MultiBar(
    {
      format: '  {label} {bar} {value}/{total} {note}',
      hideCursor: true,
      barsize: 30,
      stream: out,
      clearOnComplete: false,
      emptyOnZero: true,
    },
    cliProgress.Presets.shades_classic,
  )
  let ended = false
  return {
    bar: (label, total) => {
      const bar = multi.create(total, 0, { label: label.padEnd(18), note: '' })
      return { advance: (by = 1, note) => bar.increment(by, note === undefined ? {} : { note }) }
    },
    say: (sentence) => (ended ? void out.write(`${sentence}\n`) : multi.log(`${sentence}\n`)),
    end: () => {
      if (!ended) multi.stop()
      ended = true
    },
  }
}

const plain = (write: (line: string) => void): Progress => ({
  bar: (label, total) => {
    let done = 0
    let told = 0
    return {
      advance: (by = 1, note) => {
        done += by
        const step = Math.floor((done * PLAIN_STEPS) / Math.max(1, total))
        if (step > told) write(`  ${label}: ${done} of ${total}${note ? ` (${note})` : ''}`)
        told = Math.max(told, step)
      },
    }
  },
  say: (sentence) => write(sentence),
  end: () => {},
})

export const consoleProgress = (out: NodeJS.WriteStream = process.stdout): Progress =>
  out.isTTY ? atTerminal(out) : plain((line) => void out.write(`${line}\n`))

/** For tests: says nothing. */
export const silentProgress: Progress = { bar: () => ({ advance: () => {} }), say: () => {}, end: () => {} }
