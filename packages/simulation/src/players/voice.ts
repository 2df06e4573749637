/** How a player speaks: it keeps its key and says the same again, or watches for the outcome, until it has an answer. */
import type { doorWire } from '@triflow/contracts'
import { outcomesViewName, type ViewDocument } from '@triflow/desk'
import { memoryPorts, type Process } from '@triflow/desk/memory'
import { serviceViews } from '../town/service-views.ts'
import type { Town } from '../town/town.ts'
import { requestOf, serviceOf, type Command } from './request.ts'

/** One wish with everything that was answered to it. */
export interface Told {
  readonly actor: string
  readonly key: string
  readonly command: Command
  /** Undefined until the platform has said yes or no. */
  answer: doorWire.SubmitAnswer | undefined
}

export interface Voice {
  readonly process: Process
  say(actor: string, key: string, command: Command): Promise<doorWire.SubmitAnswer>
  readonly told: ReadonlyMap<string, Told>
  /** What was answered otherwise than it was answered before. */
  readonly contradictions: readonly string[]
}

const DEADLINE_MS = 10_000

const isFinal = ({ status, code }: doorWire.SubmitAnswer): boolean =>
  status === 'accepted' || status === 'conflict' || (status === 'rejected' && code !== '')

const told = ({ status, code, position, commandId }: doorWire.SubmitAnswer): string =>
  `${status} ${code} ${position} ${commandId}`

export const openVoice = (town: Town, repeats: () => number): Voice => {
  const process = town.world.process('people')
  const { clock } = process
  const memory = new Map<string, Told>()
  const contradictions: string[] = []

  const { views } = memoryPorts(town.engines, process)

  /** "Logged, not decided yet" is a promise: whoever was told so need not say it again. */
  const watch = async (service: string, answer: doorWire.SubmitAnswer): Promise<doorWire.SubmitAnswer> => {
    const outcomes = serviceViews(service, views)
    for (;;) {
      await clock.sleep(500)
      const found = await outcomes.load(outcomesViewName(service), [answer.commandId]).then(
        (shown) => shown.get(answer.commandId),
        (): ViewDocument | undefined => undefined,
      )
      if (!found) continue
      const { status, code, position } = found.body as Record<string, string>
      return { ...answer, status: status!, code: code!, position: position! }
    }
  }

  const ask = async (request: doorWire.SubmitRequest, service: string): Promise<doorWire.SubmitAnswer> => {
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = (await town.submit(process, service, [request]))[0]!
        if (isFinal(answer)) return answer
        if (answer.status === 'pending' && town.world.random() < 0.5) return await watch(service, answer)
      } catch {
        // No answer: nobody knows what became of it, so the same is said again.
      }
      await clock.sleep(Math.min(2_000, 100 * 2 ** attempt))
    }
  }

  return {
    process,
    told: memory,
    contradictions,
    say: async (actor, key, command) => {
      const request = requestOf(actor, `/${command.type}`, key, command, DEADLINE_MS)
      const service = serviceOf(command)
      const one: Told = { actor, key, command, answer: undefined }
      memory.set(`${actor} ${command.type} ${key}`, one)
      const answer = await ask(request, service)
      one.answer = answer
      if (town.world.random() < repeats()) {
        const again = await ask(request, service)
        if (told(again) !== told(answer))
          contradictions.push(`${command.type} ${key} was answered "${told(answer)}" and then "${told(again)}"`)
        const other = await ask({ ...request, bodyHash: Buffer.from('another body') }, service)
        if (other.status !== 'conflict')
          contradictions.push(`${command.type} ${key} with another body was answered "${told(other)}"`)
      }
      return answer
    },
  }
}
