/**
 * What compressing the journal's bodies saves and costs, over what a store holds, by the size of the body:
 * `node packages/platform/src/mongo/body.bench.ts mongodb://127.0.0.1:27017/triflow`. µs of CPU for each kB as it was sealed.
 */
import { promisify } from 'node:util'
import { constants, zstdCompress } from 'node:zlib'
import { mongo } from 'mongoose'
import { openedBody, packedBody, type BodyFields } from './body.ts'

const ENTRIES_MOST = 2_000
const REPEATS = 5
const SIZES_KB = [1, 4, 16, 64, 256, 1_024, 16_384]

const onThePool = promisify(zstdCompress)
const params = { [constants.ZSTD_c_compressionLevel]: 1 }

const [url] = process.argv.slice(2)
if (!url) throw new Error('Say which store to look at: mongodb://host:port/database')
const client = await mongo.MongoClient.connect(url, { promoteBuffers: true })
const entries = await client
  .db()
  .collection<mongo.Document & BodyFields>('journal')
  .find()
  .limit(ENTRIES_MOST)
  .toArray()
await client.close()
const bodies = entries.map(openedBody)

const microsPerKb = async (sized: readonly Uint8Array[], work: (body: Uint8Array) => unknown): Promise<string> => {
  for (const body of sized) await work(body) // warms up
  const before = process.cpuUsage()
  for (let i = 0; i < REPEATS; i++) for (const body of sized) await work(body)
  const { user, system } = process.cpuUsage(before)
  const bytes = REPEATS * sized.reduce((sum, { length }) => sum + length, 0)
  return (((user + system) * 1_024) / bytes).toFixed(1)
}

console.log(
  'kB sealed below   entries   kB sealed, kept, ratio   packed, on a thread of the pool, opened: µs for each kB',
)
let from = 0
for (const below of SIZES_KB) {
  const sized = bodies.filter(({ length }) => length >= from * 1_024 && length < below * 1_024)
  from = below
  if (sized.length === 0) continue
  const kept = sized.map(packedBody)
  const packed = new Map(sized.map((body, index) => [body, kept[index]!]))
  const kB = (all: readonly Uint8Array[]): number => all.reduce((sum, { length }) => sum + length, 0) / 1_024
  const sealedKb = kB(sized)
  const keptKb = kB(kept.map(({ body, bodyZstd }) => (bodyZstd ?? body) as Uint8Array))
  const figures = [
    await microsPerKb(sized, packedBody),
    await microsPerKb(sized, (body) => onThePool(body, { params })),
    await microsPerKb(sized, (body) => openedBody(packed.get(body)!)),
  ]
  console.log(
    `${String(below).padStart(15)}   ${String(sized.length).padStart(7)}   ${sealedKb.toFixed(0)}, ${keptKb.toFixed(0)}, ${(sealedKb / keptKb).toFixed(1)}   ${figures.join(', ')}`,
  )
}
