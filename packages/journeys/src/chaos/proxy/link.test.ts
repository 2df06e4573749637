/** What a link does to whoever talks through it: each fault as two small programs would feel it. */
import { connect, createServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { seeded } from '../../generator/random.ts'
import { openLink, type Link } from './link.ts'
import type { Protocol } from './protocols.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

/** Answers every chunk (or what `answer` makes of it), and remembers what it heard. */
const echo = async (answer: (bytes: Buffer) => Buffer | undefined = (bytes) => bytes) => {
  const heard: Buffer[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      heard.push(bytes)
      const said = answer(bytes)
      if (said) socket.write(said)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  })
  return { port: (server.address() as { port: number }).port, heard: () => Buffer.concat(heard) }
}

const linkTo = async (port: number, protocol: Protocol = 'bytes'): Promise<Link> => {
  const link = await openLink({ name: 'a→b', target: { host: '127.0.0.1', port }, protocol, random: seeded(1) })
  open.push(link)
  return link
}

const dial = async (port: number) => {
  const socket = connect(port, '127.0.0.1')
  const got: Buffer[] = []
  const chunks: number[] = []
  let ended: string | undefined
  socket.on('data', (bytes) => {
    got.push(bytes)
    chunks.push(bytes.length)
  })
  socket.on('error', (error: NodeJS.ErrnoException) => (ended = error.code))
  socket.on('close', () => (ended ??= 'closed'))
  await once(socket, 'connect')
  open.push({ close: () => socket.destroy() })
  return {
    socket,
    say: (bytes: string | Buffer) => void socket.write(bytes),
    got: () => Buffer.concat(got).toString('latin1'),
    bytes: () => Buffer.concat(got),
    chunks,
    ended: () => ended,
  }
}

/** A request as kafkajs frames it: size, api key, version, correlation id, and what else. */
const kafkaRequest = (apiKey: number, correlationId: number, body = '', version = 7): Buffer => {
  const frame = Buffer.alloc(12 + body.length)
  frame.writeInt32BE(8 + body.length, 0)
  frame.writeInt16BE(apiKey, 4)
  frame.writeInt16BE(version, 6)
  frame.writeInt32BE(correlationId, 8)
  frame.write(body, 12, 'latin1')
  return frame
}

const PRODUCE = 0
const FETCH = 1

/** A broker that answers each request with its correlation id and nothing else. */
const answers = (bytes: Buffer): Buffer => {
  const replies: Buffer[] = []
  for (let at = 0; at < bytes.length; at += 4 + bytes.readInt32BE(at)) {
    const reply = Buffer.alloc(8)
    reply.writeInt32BE(4, 0)
    reply.writeInt32BE(bytes.readInt32BE(at + 8), 4)
    replies.push(reply)
  }
  return Buffer.concat(replies)
}

describe('a link', () => {
  it('carries what is said both ways, and an end', async () => {
    const server = await echo()
    const caller = await dial((await linkTo(server.port)).port)
    caller.say('good morning')
    await expect.poll(caller.got).toBe('good morning')
    caller.socket.end()
    await expect.poll(caller.ended).toBe('closed')
  })

  it('delays without changing the order', async () => {
    const link = await linkTo((await echo()).port)
    link.impair({ delayMs: 60, jitterMs: 30, directions: ['reply'] })
    const caller = await dial(link.port)
    const began = performance.now()
    for (const word of ['one ', 'two ', 'three']) {
      caller.say(word)
      await sleep(5)
    }
    await expect.poll(caller.got).toBe('one two three')
    expect(performance.now() - began).toBeGreaterThan(60)
    expect(performance.now() - began).toBeLessThan(200)
  })

  it('lets only so many bytes a second through', async () => {
    const link = await linkTo((await echo()).port)
    link.impair({ bytesPerSecond: 100_000, directions: ['request'] })
    const caller = await dial(link.port)
    const began = performance.now()
    caller.say(Buffer.alloc(20_000, 'x'))
    await expect.poll(() => caller.got().length, { interval: 5 }).toBe(20_000)
    expect(performance.now() - began).toBeGreaterThan(180)
  })

  it('cuts what is said into small pieces', async () => {
    const link = await linkTo((await echo()).port)
    link.impair({ sliceBytes: 100, directions: ['reply'] })
    const caller = await dial(link.port)
    caller.say(Buffer.alloc(1_000, 'y'))
    await expect.poll(() => caller.got().length).toBe(1_000)
    expect(caller.chunks.length).toBeGreaterThan(1)
  })

  it('falsifies a byte', async () => {
    const link = await linkTo((await echo()).port)
    link.impair({ corruptPerMille: 1_000, directions: ['request'] })
    const caller = await dial(link.port)
    caller.say('1000')
    await expect.poll(() => caller.got().length).toBe(4)
    expect(caller.got()).not.toBe('1000')
  })

  it('resets connections, and refuses new ones until it is healed', async () => {
    const link = await linkTo((await echo()).port)
    const caller = await dial(link.port)
    caller.say('x')
    await expect.poll(caller.got).toBe('x')
    link.refuse()
    link.reset()
    await expect.poll(caller.ended).toBe('ECONNRESET')
    const refused = await dial(link.port).catch(() => undefined)
    if (refused) await expect.poll(refused.ended).toBe('ECONNRESET')
    link.heal()
    const again = await dial(link.port)
    again.say('y')
    await expect.poll(again.got).toBe('y')
  })

  it('falls silent: nobody is told; afterwards the silenced stay so, and who came meanwhile is cut', async () => {
    const server = await echo()
    const link = await linkTo(server.port)
    const caller = await dial(link.port)
    caller.say('x')
    await expect.poll(caller.got).toBe('x')
    link.impair({ silent: true })
    caller.say('nobody hears this')
    const late = await dial(link.port)
    late.say('nor this')
    await sleep(50)
    expect(late.ended()).toBeUndefined()
    link.heal()
    await expect.poll(late.ended).toBe('ECONNRESET')
    caller.say('nor this')
    await sleep(50)
    expect([caller.got(), server.heard().toString(), caller.ended()]).toEqual(['x', 'x', undefined])
    const another = await dial(link.port)
    another.say('hello')
    await expect.poll(another.got).toBe('hello')
  })
})

describe('a link that knows Kafka', () => {
  it('loses the answer of the next Produce, which the broker has heard, and no other', async () => {
    const server = await echo(answers)
    const link = await linkTo(server.port, 'kafka')
    const lost = link.set({ direction: 'reply', about: 'Produce', fate: 'lose', times: 1 })
    const caller = await dial(link.port)
    caller.say(kafkaRequest(FETCH, 1))
    await expect.poll(() => caller.bytes().length).toBe(8)
    caller.say(kafkaRequest(PRODUCE, 2, 'amount=1000'))
    await lost.struck
    await expect.poll(caller.ended).toBe('ECONNRESET')
    expect(server.heard().toString('latin1')).toContain('amount=1000')
    const again = await dial(link.port)
    again.say(kafkaRequest(PRODUCE, 3))
    await expect.poll(() => again.bytes().length).toBe(8)
    expect(lost.count()).toBe(1)
  })

  it('holds a Produce back, and all behind it, until it is released', async () => {
    const server = await echo(answers)
    const link = await linkTo(server.port, 'kafka')
    const held = link.set({ direction: 'request', about: 'Produce', fate: 'hold', times: 1, holding: 'order' })
    const caller = await dial(link.port)
    caller.say(kafkaRequest(PRODUCE, 1, 'something else'))
    caller.say(kafkaRequest(PRODUCE, 2, 'an order'))
    caller.say(kafkaRequest(FETCH, 3))
    await held.struck
    await sleep(30)
    expect(caller.bytes().length).toBe(8)
    held.release()
    await expect.poll(() => caller.bytes().length).toBe(24)
    expect([8 + 4, 16 + 4].map((at) => caller.bytes().readInt32BE(at))).toEqual([2, 3])
  })

  it('says a Produce three times, and its client hears one answer', async () => {
    const server = await echo(answers)
    const link = await linkTo(server.port, 'kafka')
    link.set({ direction: 'request', about: 'Produce', fate: 'thrice' })
    const caller = await dial(link.port)
    caller.say(kafkaRequest(PRODUCE, 1, 'goods'))
    await expect.poll(() => server.heard().toString('latin1').split('goods').length - 1).toBe(3)
    await sleep(30)
    expect(caller.bytes().length).toBe(8)
    expect(caller.bytes().readInt32BE(4)).toBe(1)
  })

  it('finds the frames of a stream that comes in any pieces', async () => {
    const server = await echo(answers)
    const link = await linkTo(server.port, 'kafka')
    const seen = link.set({ direction: 'request', about: 'Produce', fate: 'drop' })
    const caller = await dial(link.port)
    const stream = Buffer.concat([kafkaRequest(FETCH, 1), kafkaRequest(PRODUCE, 2, 'gone'), kafkaRequest(FETCH, 3)])
    for (let at = 0; at < stream.length; at += 5) {
      caller.say(stream.subarray(at, at + 5))
      await sleep(2)
    }
    await expect.poll(() => caller.bytes().length).toBe(16)
    expect(seen.count()).toBe(1)
    expect(server.heard().toString('latin1')).not.toContain('gone')
  })
})
