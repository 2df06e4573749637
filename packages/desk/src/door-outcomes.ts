/** The outcomes view of a service: what became of each command, by command id. Replies are only the shortcut to it. */
import { factsTopic, type doorWire } from '@triflow/contracts'
import type { Outcome, ViewDocument } from './ports.ts'
import type { ViewDefinition } from './views.ts'

export interface OutcomeBody {
  readonly status: string
  readonly code: string
  readonly detail: string
  readonly position: string
  readonly facts: readonly string[]
}

export const outcomesViewName = (service: string): string => `outcomes-${service}`

const serviceOf = (desk: string): string => desk.slice(0, desk.indexOf('.'))

/** Default of a door: one outcomes view per service. */
export const outcomesViewOf = (desk: string): string => outcomesViewName(serviceOf(desk))

/** The view to keep for these desks of a service. The first outcome stands: a desk judges a command id once. */
export const outcomesView = (service: string, desks: readonly string[]): ViewDefinition<OutcomeBody> => ({
  name: outcomesViewName(service),
  hears: desks.map(factsTopic),
  idsOf: (fact) => (fact.type === 'CommandJudged' ? [String(fact.commandId)] : []),
  fold: (body, fact, said) =>
    body
      ? undefined
      : {
          status: String(fact.status),
          code: String(fact.code),
          detail: String(fact.detail),
          position: `${said.desk}#${said.number}`,
          facts: (fact.facts as readonly string[]).map(String),
        },
  listedBy: [],
})

export const answerOf = (outcome: Outcome, replayed: boolean): doorWire.SubmitAnswer => ({
  status: outcome.status,
  code: outcome.code,
  detail: outcome.detail,
  commandId: outcome.commandId,
  position: outcome.position,
  replayed,
  facts: [...outcome.facts],
})

/** The outcome a document of the view tells. */
export const outcomeOf = (document: ViewDocument): Outcome => {
  const body = document.body as unknown as OutcomeBody
  return {
    commandId: document.id,
    status: body.status === 'accepted' ? 'accepted' : 'rejected',
    code: body.code,
    detail: body.detail,
    position: body.position,
    facts: body.facts,
  }
}
