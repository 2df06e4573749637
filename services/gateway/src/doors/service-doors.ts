/** What the gateway asks of the services' doors; the gRPC adapter and the tests' in-process fake both fit it. */
import type { doorWire } from '@triflow/contracts'

export const services = ['party', 'order', 'logistics', 'financing', 'payment', 'webhook'] as const
export type Service = (typeof services)[number]

export interface Doors {
  submit(service: Service, request: doorWire.SubmitRequest): Promise<doorWire.SubmitAnswer>
  /** Answers come in the order of the requests. */
  submitMany(service: Service, requests: readonly doorWire.SubmitRequest[]): Promise<readonly doorWire.SubmitAnswer[]>
  /** One document of a view; undefined when there is none. `atLeast` is a position, '' for whatever is there. */
  read(service: Service, view: string, id: string, atLeast: string): Promise<Document | undefined>
  list(service: Service, query: ListQuery): Promise<Page>
  close(): void
}

export interface Document {
  readonly json: Record<string, unknown>
  readonly version: bigint
}

export interface ListQuery {
  readonly view: string
  readonly field: string
  readonly value: string
  readonly limit: number
  /** Last id of the page before, '' for the first page. */
  readonly after: string
  readonly atLeast: string
}

export interface Page {
  readonly documents: readonly Record<string, unknown>[]
  /** '' when there is no further page. */
  readonly next: string
}

/** The service cannot be asked now, or did not answer in time: nobody knows what became of the request; the same one may be sent again. */
export class DoorUnavailable extends Error {
  constructor(service: string, cause: unknown) {
    super(`the ${service} service does not answer`, { cause })
    this.name = 'DoorUnavailable'
  }
}
