/** Messages as bytes: all written through one writer, for one of its own grows each message from nothing, by doubling. */
import { BinaryWriter } from '@bufbuild/protobuf/wire'

/** What the generated code has for a message. */
export interface Encodable<Message> {
  encode(message: Message, writer?: BinaryWriter): BinaryWriter
}

let writer = new BinaryWriter()

/** Bytes of a message of this kind, in a buffer of their size. */
export const encodeAs = <Message>(kind: Encodable<Message>, message: Message): Uint8Array => {
  try {
    return kind.encode(message, writer).finish()
  } catch (error) {
    // The beginning of a message that could not be written must not lead the next one.
    writer = new BinaryWriter()
    throw error
  }
}
