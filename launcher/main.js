// The ./triflow command: one table of verbs, their help, and the way from a failure to a sentence.
import { parseArgs } from 'node:util'
import { generate, journey, recover, script, tool } from './job-verbs.js'
import { explain } from './progress.js'
import { unlessInterrupted } from './session.js'
import { test } from './test-run.js'
import { down, logs, reset, status, up } from './world-verbs.js'

const once = { once: { type: 'boolean', help: 'take down again what this run started, and end with its exit code' } }

/** `passes`: what follows the verb is the journey's own and handed on. */
const verbs = {
  demo: {
    does: 'start everything and walk a trade through all three flows',
    run: journey('demo'),
    options: once,
    passes: true,
  },
  test: { does: 'check, build and test everything on engines of its own', run: test },
  up: {
    does: 'start everything and leave it running',
    run: up,
    options: { engines: { type: 'boolean', help: 'only the engines: Kafka and the store' } },
  },
  down: { does: 'stop everything, keep the data', run: down },
  status: { does: 'show what runs, where, and whether it is ready', run: status },
  logs: {
    does: 'show the last lines of one log or of all',
    args: '[SERVICE]',
    run: logs,
    options: {
      follow: { type: 'boolean', short: 'f', help: 'go on showing what is written' },
      lines: { type: 'string', short: 'n', help: 'how many lines (60)' },
    },
  },
  reset: { does: 'stop everything and delete its data, logs and keys', run: reset },
  token: { does: 'print a token to call the gateway as this actor', args: 'ACTOR', run: tool('token'), passes: true },
  ingest: {
    does: 'feed simulated orders, shipments and payments in',
    args: '[OPTIONS]',
    run: journey('ingest'),
    options: once,
    passes: true,
  },
  trade: {
    does: 'show one trade as all services see it',
    args: 'ID',
    run: journey('trade'),
    options: once,
    passes: true,
  },
  verify: {
    does: 'check that orders, goods and money agree everywhere',
    run: journey('verify'),
    options: once,
    passes: true,
  },
  seal: {
    does: 'fix the journals of every day that is over in a Merkle root others can keep',
    args: '[OPTIONS]',
    run: journey('seal'),
    options: once,
    passes: true,
  },
  prove: {
    does: 'write the proof of one receivable, for verify-proof',
    args: 'CLAIM',
    run: journey('prove'),
    options: once,
    passes: true,
  },
  export: {
    does: 'write whole journals, for verify-proof',
    args: 'journal [OPTIONS]',
    run: journey('export'),
    options: once,
    passes: true,
  },
  recover: {
    does: 'after database or log were lost: rebuild one from the other (docs/recovery.md)',
    args: 'WHAT',
    run: recover,
    passes: true,
  },
  chaos: {
    does: 'make faults while trades flow, then verify',
    args: '[OPTIONS]',
    run: tool('chaos'),
    passes: true,
  },
  'check-history': {
    does: 'judge what clients were told during a chaos run, from its file alone',
    args: 'FILE',
    run: tool('check-history'),
    passes: true,
  },
  simulate: {
    does: 'run the whole platform in one process from seeds, with faults, and check every invariant',
    args: '[OPTIONS]',
    run: tool('simulate'),
    passes: true,
  },
  reliability: {
    does: 'write docs/reliability.md anew from what runs have kept',
    run: tool('reliability'),
    passes: true,
  },
  corpus: {
    does: 'read journals that older code has stored, or keep the next',
    args: '[check|add|amend]',
    run: tool('corpus'),
    passes: true,
  },
  bench: {
    does: 'measure throughput, delay and cost, beside Kafka Streams; every workload in turn, or one',
    args: '[WORKLOAD] [OPTIONS]',
    run: tool('bench'),
    passes: true,
  },
  lint: { does: 'run the linters', run: script('lint') },
  generate: { does: 'make the contracts from proto', run: generate },
}

const common = {
  help: { type: 'boolean', short: 'h', help: 'show this help' },
  verbose: { type: 'boolean', help: 'show the output of tools instead of keeping it in the log' },
}

const main = async ([name, ...args]) => {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(overview())
    return name === undefined ? 2 : 0
  }
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (!verb) {
    process.stderr.write(`There is no verb ${name}. Choose one of ${Object.keys(verbs).join(', ')}.\n`)
    return 2
  }
  let parsed
  try {
    parsed = split(verb, args)
  } catch (error) {
    process.stderr.write(`${error.message}\nSee ./triflow ${name} --help\n`)
    return 2
  }
  if (parsed.values.help) {
    process.stdout.write(helpOf(name, verb))
    return 0
  }
  return verb.run(parsed.values, parsed.positionals, parsed.rest)
}

/** Parts the launcher's own options from what a journey gets; everything after `--` is the journey's. */
const split = (verb, args) => {
  const options = { ...common, ...verb.options }
  const { values, positionals, tokens } = parseArgs({
    args,
    options,
    strict: !verb.passes,
    allowPositionals: true,
    tokens: true,
  })
  const end = tokens.find(({ kind }) => kind === 'option-terminator')?.index ?? args.length
  const own = new Set(
    tokens
      .filter(({ kind, name, index }) => kind === 'option' && index < end && Object.hasOwn(options, name))
      .map(({ index }) => index),
  )
  return { values, positionals, rest: args.filter((_, index) => index !== end && !own.has(index)) }
}

const overview = () =>
  [
    'Triflow: supply-chain finance on three flows. Usage: ./triflow VERB [OPTIONS]\n',
    ...Object.entries(verbs).map(([name, { does, args = '' }]) => `  ${`${name} ${args}`.padEnd(18)} ${does}`),
    '\n  ./triflow VERB --help tells more about one verb.\n',
  ].join('\n')

const helpOf = (name, { does, args = '', options, passes }) =>
  [
    `./triflow ${[name, args].filter(Boolean).join(' ')}: ${does}\n`,
    ...Object.entries({ ...options, ...common }).map(
      ([option, { short, help }]) => `  ${`--${option}${short ? `, -${short}` : ''}`.padEnd(16)} ${help}`,
    ),
    ...(passes ? [`\n  Other arguments go to the journey; ./triflow ${name} -- --help shows its own.`] : []),
    '\n  TRIFLOW_KAFKA_BROKERS, TRIFLOW_MONGO_URL  use these engines instead of starting any',
    '  TRIFLOW_ENGINES=local|docker              start them here, whatever is found\n',
  ].join('\n')

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  await unlessInterrupted()
  explain(error)
  process.exitCode = 1
}
