import { quietDay, wildDay } from './days.ts'
const mode = process.argv[2]
let bad = 0, n = 0
const t0 = Date.now()
if (mode === 'quiet') {
  const seed = Number(process.argv[3] ?? 1)
  const happy = await quietDay(seed)
  console.log('happy', happy.steps.length, happy.faults)
  for (const step of happy.steps) {
    for (const verdict of step.kind === 'request' ? ['error', 'unknown-done', 'unknown-late', 'crash-before', 'crash-after'] as const : ['crash-before', 'crash-after'] as const) {
      if (step.process === 'door' && verdict.startsWith('crash') || step.process === 'cluster') continue
      const day: any = await quietDay(seed, { at: step.index, verdict })
      n++
      day.faults = day.faults.filter((f: string) => !f.includes('account of the inputs')); if (day.faults.length) { bad++; console.log(`seed ${seed} step ${step.index} ${step.label} ${verdict}:`, day.faults.length, day.faults.slice(0, 4).join(' || ')) }
      if (bad > 12) process.exit(1)
    }
  }
} else {
  const from = Number(process.argv[3]), to = Number(process.argv[4])
  for (let seed = from; seed < to; seed++) {
    const day: any = await wildDay(seed); n++; if (process.argv[5]) { const c: any = {}; for (const r of day.town.witness.said) c[r.event] = (c[r.event] ?? 0) + 1; console.log(seed, day.town.nodes.length, day.town.engines.database.journal.size, day.town.engines.broker.topics.appended(), JSON.stringify(c)) }
    day.faults = day.faults.filter((f: string) => !f.includes('account of the inputs')); if (day.faults.length) { bad++; console.log(`seed ${seed}:`, day.faults.length, day.faults.slice(0, 4).join(' || ')) }
    if (bad > 12) process.exit(1)
  }
}
console.log({ n, bad, ms: Date.now() - t0 })
