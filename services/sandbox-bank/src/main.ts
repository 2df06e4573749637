/** Wires the sandbox bank: its counter (gRPC), its instructions, and the statement it posts to the gateway. */
import { bankWire } from '@triflow/contracts'
import {
  adminServer,
  answering,
  connectMongo,
  createWitness,
  grpcServer,
  serveMain,
  startTelemetry,
  systemClock,
  type Mongo,
  type Running,
  type ServiceWitness,
} from '@triflow/platform'
import { openClientToken } from './client-token.ts'
import { bankConfig, type BankConfig } from './config.ts'
import { openCounter } from './doors/bank.ts'
import { openGateway } from './gateway.ts'
import { openInstructions } from './instructions-store.ts'
import { openStatement } from './statement.ts'

const clock = systemClock

/** A database that is not up yet is waited for: start order must not matter. */
const connected = async (url: string, witness: ServiceWitness): Promise<Mongo> => {
  for (;;) {
    try {
      return await connectMongo({ url, clock, witness })
    } catch (error) {
      if (error instanceof Error && error.name === 'UnfitDatabase') throw error
      witness.say('warn', 'database is waited for', { error: String(error) })
      await clock.sleep(1_000)
    }
  }
}

export const start = async (config: BankConfig): Promise<Running> => {
  const witness = createWitness({ service: 'sandbox-bank', level: config.logLevel })
  const telemetry = await startTelemetry('sandbox-bank', process.env)
  let database = (): boolean => false
  let serving = false
  const parts = () => ({ database: database(), counter: serving })
  const admin = await adminServer({
    host: config.host,
    port: config.adminPort,
    parts,
    started: () => serving,
    registry: witness.registry,
  })
  const mongo = await connected(config.mongoUrl, witness)
  database = mongo.ready
  const instructions = await openInstructions(mongo)
  const gateways = config.actors.map((actor) =>
    openGateway(config.gatewayUrl, openClientToken({ ...config, actor, now: clock.now }), clock.now),
  )
  const statement = openStatement({ instructions, gateways, clock, witness })
  const counter = openCounter({ instructions, temper: config, clock, onExecuted: statement.wake })
  const server = grpcServer(() => Object.values(parts()).every(Boolean))
  const bank: bankWire.BankServer = {
    disburse: answering('Disburse', witness, counter.disburse),
    getDisbursement: answering('GetDisbursement', witness, counter.stateOf),
  }
  server.add(bankWire.BankService, bank)
  const grpcPort = await server.listen(config.host, config.grpcPort)
  serving = true
  witness.say('info', 'started', { grpcPort, adminPort: admin.port })
  return {
    stop: async () => {
      await server.stop()
      await statement.stop()
      await mongo.close()
      await admin.stop()
      await telemetry.stop()
    },
  }
}

if (import.meta.main) await serveMain(start, bankConfig)
