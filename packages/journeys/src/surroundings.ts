/** What the launcher tells a journey about the world it runs in; read once, by the command line. */
import type { Witness } from '@triflow/desk'

export interface Surroundings {
  readonly gatewayUrl: string
  readonly keysDir: string
}

/** Every missing variable is named at once, with what it is for. */
export const surroundings = (env: NodeJS.ProcessEnv): Surroundings => {
  const needed = {
    TRIFLOW_GATEWAY_URL: 'address of the public door, as in http://127.0.0.1:8080',
    TRIFLOW_KEYS_DIR: 'folder of the actors’ keys',
  } as const
  const missing = Object.entries(needed).filter(([name]) => !env[name])
  if (missing.length > 0)
    throw new JourneyProblem(
      `Not set: ${missing.map(([name, purpose]) => `${name} (${purpose})`).join(', ')}.`,
      'Run this through ./triflow, which sets them.',
    )
  return { gatewayUrl: env['TRIFLOW_GATEWAY_URL']!.replace(/\/+$/, ''), keysDir: env['TRIFLOW_KEYS_DIR']! }
}

/** A variable of the engines, for jobs that connect to them by themselves. */
export const required = (env: NodeJS.ProcessEnv, name: string): string => {
  const value = env[name]
  if (!value) throw new JourneyProblem(`${name} is not set.`, 'Run this through ./triflow, which sets it.')
  return value
}

/** Jobs print; what their own connections say is of no interest. */
export const silent: Witness = { say: () => {}, count: () => {}, observe: () => {} }

/** A failure that people are told in one sentence with its remedy, without a stack. */
export class JourneyProblem extends Error {
  readonly remedy: string | undefined
  constructor(message: string, remedy?: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'JourneyProblem'
    this.remedy = remedy
  }
}
