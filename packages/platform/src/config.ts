/** Environment to typed configuration: one table of variables, every problem reported at once, nothing read at import. */
import { hostname } from 'node:os'
import { z } from 'zod'

/** sysexits.h EX_CONFIG: something is wrong with the configuration, and a restart would not help. */
const EXIT_CONFIG = 78

export interface Variable<T> {
  readonly name: string
  readonly schema: z.ZodType<T, string | undefined>
  /** What a person should write there. */
  readonly expected: string
}

export type Variables = Readonly<Record<string, Variable<unknown>>>
export type ConfigOf<V extends Variables> = { readonly [K in keyof V]: V[K] extends Variable<infer T> ? T : never }

export type Environment = Readonly<Record<string, string | undefined>>

export const variable = <T>(name: string, expected: string, schema: z.ZodType<T, string | undefined>): Variable<T> => ({
  name,
  schema,
  expected,
})

/** A TCP port; 0 takes any free one. */
export const port = (): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^[0-9]{1,5}$/)
    .transform(Number)
    .refine((n) => n <= 65_535)

/** A whole number within bounds. */
export const wholeNumber = (least: number, most: number): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^[0-9]{1,15}$/)
    .transform(Number)
    .refine((n) => n >= least && n <= most)

export const orElse = <T>(schema: z.ZodType<T, string>, fallback: T): z.ZodType<T, string | undefined> =>
  z
    .string()
    .optional()
    .transform((written, context) => {
      if (written === undefined) return fallback
      const parsed = schema.safeParse(written)
      if (parsed.success) return parsed.data
      context.addIssue({ code: 'custom', message: 'does not fit' })
      return z.NEVER
    })

export type Parsed<C> = { readonly config: C } | { readonly problems: readonly string[] }

/** Reads all variables; an empty one counts as absent. Values are never repeated in problems: they may be secrets. */
export const parseConfig = <V extends Variables>(variables: V, env: Environment): Parsed<ConfigOf<V>> => {
  const problems: string[] = []
  const config: Record<string, unknown> = {}
  for (const [key, { name, schema, expected }] of Object.entries(variables)) {
    const written = env[name] === '' ? undefined : env[name]
    const parsed = schema.safeParse(written)
    if (parsed.success) config[key] = parsed.data
    else
      problems.push(
        `${name} ${written === undefined ? 'is missing' : 'has a value that does not fit'}: expected ${expected}`,
      )
  }
  return problems.length > 0 ? { problems } : { config: config as ConfigOf<V> }
}

/** The configuration, or a list of all that is wrong with it on stderr and exit 78. */
export const loadConfig = <V extends Variables>(variables: V, env: Environment): ConfigOf<V> => {
  const parsed = parseConfig(variables, env)
  if ('config' in parsed) return parsed.config
  process.stderr.write(
    `The configuration does not work:\n${parsed.problems.map((problem) => `  ${problem}\n`).join('')}`,
  )
  return process.exit(EXIT_CONFIG)
}

const text = z.string().min(1).max(2_000)
const optionalText = text.optional()

/** What every service needs; a service with more spreads these into its own table. */
export const serviceVariables = {
  brokers: variable(
    'TRIFLOW_KAFKA_BROKERS',
    'host:port of one or more Kafka brokers, separated by commas',
    text
      .transform((list) => list.split(',').map((one) => one.trim()))
      .refine((list) => list.every((one) => /^[^\s:]+:[0-9]{1,5}$/.test(one))),
  ),
  mongoUrl: variable(
    'TRIFLOW_MONGO_URL',
    'a mongodb:// or mongodb+srv:// address with a database name',
    text.regex(/^mongodb(\+srv)?:\/\/[^/]+\/[^/?]+/),
  ),
  adminPort: variable('TRIFLOW_ADMIN_PORT', 'a port from 0 (any free one) to 65535', port()),
  grpcPort: variable('TRIFLOW_GRPC_PORT', 'a port from 0 (any free one) to 65535', port()),
  host: variable('TRIFLOW_HOST', 'the address to listen on, 127.0.0.1 when left out', orElse(text, '127.0.0.1')),
  address: variable(
    'TRIFLOW_ADDRESS',
    'host:port where other instances reach this one by gRPC, host and gRPC port when left out',
    optionalText,
  ),
  desks: variable(
    'TRIFLOW_DESKS',
    'the number of desks of each kind, 1 to 512, fixed for the life of a cluster; 4 when left out',
    orElse(wholeNumber(1, 512), 4),
  ),
  logLevel: variable(
    'TRIFLOW_LOG_LEVEL',
    'debug, info, warn, error or silent; info when left out',
    orElse(z.enum(['debug', 'info', 'warn', 'error', 'silent']), 'info'),
  ),
  codeVersion: variable(
    'TRIFLOW_CODE_VERSION',
    'the version that journal entries are marked with, dev when left out',
    orElse(text, 'dev'),
  ),
  anchorsDir: variable(
    'TRIFLOW_ANCHORS_DIR',
    'the folder of files that tell the anchors of sealed days; none are written when left out',
    optionalText,
  ),
  instance: variable(
    'TRIFLOW_INSTANCE',
    'a name for this process in logs and journals, host and process id when left out',
    orElse(text, `${hostname()}:${process.pid}`),
  ),
  member: variable(
    'TRIFLOW_MEMBER',
    'a name that a process shares with the one started in its place after a crash, and with no other of its service; when left out, its desks wait six seconds for the dead',
    optionalText,
  ),
} as const satisfies Variables

export type ServiceConfig = ConfigOf<typeof serviceVariables>

export const serviceConfig = (env: Environment): ServiceConfig => loadConfig(serviceVariables, env)

/** For checks that documents and compose files name what the code reads. */
export const variableNames = (variables: Variables): string[] => Object.values(variables).map(({ name }) => name)
