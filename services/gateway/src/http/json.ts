/**
 * JSON as money wants it: one reading only. JSON.parse keeps the last of two equal keys, so an amount could be smuggled
 * past whoever reads the first; it rounds long numbers, and it accepts any depth. Here all of that is refused.
 */
import { pointerOf, refuse, type FieldError } from './problems.ts'

const DEPTH_MAX = 20

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes as text: strict UTF-8, no byte order mark. */
export const decodeText = (bytes: Uint8Array): string => {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    return refuse(400, 'ByteOrderMark', 'The body starts with a byte order mark.')
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return refuse(400, 'NotUtf8', 'The body is not valid UTF-8.')
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Index after the closing quote of the string that opens at `from`; the text is known to be valid JSON. */
const endOfString = (text: string, from: number): number => {
  let i = from + 1
  for (;;) {
    const c = text.charCodeAt(i)
    if (c === QUOTE) return i + 1
    i += c === BACKSLASH ? 2 : 1
  }
}

/** Walks text that JSON.parse has accepted, and refuses repeated keys, depth, and numbers that are not plain integers. */
const scan = (text: string): void => {
  // Keys seen per open object; undefined for an open array.
  const open: (Set<string> | undefined)[] = []
  let keyNext = false
  for (let i = 0; i < text.length;) {
    const c = text[i]!
    if (c === '"') {
      const end = endOfString(text, i)
      const keys = open.at(-1)
      if (keyNext && keys) {
        const key = JSON.parse(text.slice(i, end)) as string
        if (keys.has(key))
          refuse(400, 'DuplicateKey', `The key ${JSON.stringify(key.slice(0, 100))} stands twice in one object.`)
        keys.add(key)
        keyNext = false
      }
      i = end
      continue
    }
    if (c === '{' || c === '[') {
      if (open.push(c === '{' ? new Set() : undefined) > DEPTH_MAX)
        refuse(400, 'TooDeep', `The body is nested deeper than ${DEPTH_MAX}.`)
      keyNext = c === '{'
    } else if (c === '}' || c === ']') open.pop()
    else if (c === ',') keyNext = open.at(-1) !== undefined
    else if (c === '-' || (c >= '0' && c <= '9')) {
      const number = /^[-+0-9.eE]+/.exec(text.slice(i, i + 400))![0]
      if (!/^-?[0-9]{1,16}$/.test(number) || !Number.isSafeInteger(Number(number)))
        refuse(422, 'NumberNotInteger', 'Numbers are plain integers; amounts are strings of minor units.')
      i += number.length
      continue
    }
    i += 1
  }
}

/** The JSON object that a text is, or a refusal. */
export const parseObject = (text: string): Record<string, unknown> => {
  if (text.trim() === '') return refuse(400, 'BodyEmpty', 'The body is empty.')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refuse(400, 'NotJson', 'The body is not valid JSON.')
  }
  scan(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse(400, 'NotAnObject', 'The body must be a JSON object.')
  return value as Record<string, unknown>
}

/**
 * What may not stand in any text: controls (NUL among them), lone surrogates, and characters that turn, hide or join what
 * is around them, with which one number is shown and another is meant.
 */
const forbidden = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]/

export const hasForbiddenCharacter = (text: string): boolean => forbidden.test(text) || !text.isWellFormed()

/** Names that JavaScript gives a meaning of its own; no document of ours has such a field. */
const poisoned = new Set(['__proto__', 'constructor', 'prototype'])

const walk = (value: unknown, path: readonly PropertyKey[], found: FieldError[]): void => {
  if (found.length >= 50) return
  if (typeof value === 'string') {
    if (hasForbiddenCharacter(value))
      found.push({
        pointer: pointerOf(path),
        code: 'ForbiddenCharacter',
        message: 'control, invisible or direction-changing character',
      })
  } else if (Array.isArray(value)) value.forEach((item, index) => walk(item, [...path, index], found))
  else if (typeof value === 'object' && value !== null)
    for (const key of Object.keys(value)) {
      if (hasForbiddenCharacter(key))
        found.push({ pointer: pointerOf(path), code: 'ForbiddenCharacter', message: 'in the name of a field' })
      else if (poisoned.has(key))
        found.push({ pointer: pointerOf([...path, key]), code: 'UnknownField', message: 'no such field' })
      else walk((value as Record<string, unknown>)[key], [...path, key], found)
    }
}

/** What no schema can be trusted to see: characters and field names that are refused everywhere. */
export const textErrors = (value: unknown): FieldError[] => {
  const found: FieldError[] = []
  walk(value, [], found)
  return found
}
