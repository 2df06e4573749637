/** What an order becomes by its facts. */
import { submissionText } from './submission.ts'
import type { OrderFact, OrderState } from './vocabulary.ts'

export const initialState = (): OrderState => ({
  status: 'unknown',
  version: 0,
  acceptedVersion: 0,
  submission: '',
})

export const evolve = (state: OrderState, fact: OrderFact): OrderState => {
  switch (fact.type) {
    case 'OrderSubmitted':
      state.status = 'submitted'
      state.version = fact.version
      state.submission = submissionText(fact)
      return state
    case 'OrderAmended':
      state.version = fact.version
      return state
    case 'OrderAccepted':
      state.acceptedVersion = fact.version
      return state
    case 'OrderCancelled':
      state.status = 'cancelled'
      return state
  }
}
