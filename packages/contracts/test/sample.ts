/** One filled-in example of any message, made from its shape, so that every field has bytes to be compared. */
import { messages } from '../src/messages.ts'

type Plain = Record<string, unknown>

const fill = (name: string, value: unknown): unknown => {
  if (typeof value === 'string') return name
  if (typeof value === 'number') return 7
  if (typeof value === 'bigint') return 1_234_567_890_123n
  if (typeof value === 'boolean') return true
  if (value instanceof Uint8Array) return new Uint8Array([1, 2, 255])
  if (Array.isArray(value)) return value
  if (value && typeof value === 'object') return filled(value as Plain)
  return value
}

const filled = (shape: Plain): Plain =>
  Object.fromEntries(Object.entries(shape).map(([name, value]) => [name, fill(name, value)]))

/** The example of a message by its full name. */
export const sampleOf = (fullName: string): Plain => {
  const message = messages().get(fullName)! as unknown as {
    fromPartial(partial: Plain): Plain
    decode(bytes: Uint8Array): Plain
    encode(message: Plain): { finish(): Uint8Array }
  }
  const empty = message.decode(new Uint8Array())
  // A repeated field takes one element: messages come back with their fields, scalars come back as they were given.
  const asked = Object.fromEntries(
    Object.entries(empty).map(([name, value]) => [
      name,
      Array.isArray(value) ? [{}] : value === undefined ? {} : value,
    ]),
  )
  /** What a repeated field of scalars takes cannot be seen of it when it is empty. */
  const takesText = (name: string): boolean => {
    try {
      message.encode(message.fromPartial({ [name]: ['text'] })).finish()
      return true
    } catch {
      return false
    }
  }
  const shape = message.fromPartial(asked)
  for (const [name, value] of Object.entries(shape)) {
    if (!Array.isArray(value)) continue
    const [element] = value as [Plain]
    if (Object.keys(element).length > 0) shape[name] = [filled(element)]
    else shape[name] = [takesText(name) ? `${name} element` : 7]
  }
  return Object.fromEntries(
    Object.entries(shape).map(([name, value]) => [name, Array.isArray(value) ? value : fill(name, value)]),
  )
}
