/** Just enough of MongoDB's wire protocol for a proxy: which command a message carries, on which collection. */

/** messageLength 4, requestID 4, responseTo 4, opCode 4. */
const HEADER = 16
const OP_MSG = 2013
const TEXT = 2

export const requestIdOf = (message: Buffer): number => message.readInt32LE(4)
export const responseToOf = (message: Buffer): number => message.readInt32LE(8)

/** As in "insert journal": the first element of the body is the command, and its value mostly the collection. */
export const mongoCommand = (message: Buffer): string => {
  if (message.length < HEADER + 10 || message.readInt32LE(12) !== OP_MSG) return 'hello'
  // flags 4, then sections; drivers put the body (kind 0) first.
  const body = HEADER + 4
  if (message[body] !== 0) return 'unknown'
  const element = body + 1 + 4
  const nameEnd = message.indexOf(0, element + 1)
  const name = message.toString('utf8', element + 1, nameEnd)
  if (message[element] !== TEXT) return name
  const length = message.readInt32LE(nameEnd + 1)
  return `${name} ${message.toString('utf8', nameEnd + 5, nameEnd + 5 + length - 1)}`
}
