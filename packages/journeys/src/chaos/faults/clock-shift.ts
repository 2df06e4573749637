/** Preloaded into a service by a fault: its time of day is off, from the start or after a while. Nothing of the product. */
const shiftMs = Number(process.env.CHAOS_CLOCK_SHIFT_MS ?? 0)
const afterMs = Number(process.env.CHAOS_CLOCK_SHIFT_AFTER_MS ?? 0)
const TrueDate = Date
const began = performance.now()

const now = (): number => TrueDate.now() + (performance.now() - began >= afterMs ? shiftMs : 0)

globalThis.Date = new Proxy(TrueDate, {
  construct: (target, given: unknown[], asked) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, asked) as Date,
  apply: () => new TrueDate(now()).toString(),
  get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
})
