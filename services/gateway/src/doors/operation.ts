/** The shape of a public operation; tables of these make the routes, the checks, the bulk doors and the OpenAPI document. */
import type { CommandName, WireOf } from '@triflow/contracts'
import type { z } from 'zod'
import type { WebhookSecrets } from '@triflow/platform'
import type { Action, Actor, Resource, Role } from '../http/authorise.ts'
import type { Ownership } from './ownership.ts'
import type { Service } from './service-doors.ts'

/** A wish as the services take it: the message of proto, typed by its short name. */
export type Command = { [N in CommandName]: { readonly type: N } & WireOf<N> }[CommandName]

type Shape = z.ZodObject
type Values<S extends Shape> = z.output<S>

interface Described {
  /** OpenAPI style: /v1/orders/{buyerId}/{number}. */
  readonly path: string
  readonly action: Action
  readonly summary: string
  readonly area: string
}

/** What was made by an accepted command: its id, and the path where it (or what it belongs to) can be read. */
export interface Made {
  readonly id: string
  readonly location?: string
}

export interface WriteOperation extends Described {
  readonly kind: 'write'
  readonly method: 'post' | 'put'
  readonly params: Shape
  readonly body: Shape
  /** A body that the schema accepts, and path values that go with it; shown in the reference, used by tests. */
  readonly example: { readonly params: Record<string, string>; readonly body: Record<string, unknown> }
  /** Parties to the thing; undefined when it does not exist. */
  readonly resource: (values: never, actor: Actor, ownership: Ownership) => Promise<Resource | undefined> | Resource
  readonly command: (values: never, actor: Actor, resource: Resource) => Command
  readonly made: (command: never, values: never) => Made
  /** The thing comes into being here: naming another party is forbidden rather than not found. */
  readonly creates: boolean
  /** Parties that an accepted command fixes for good, told to the ownership cache. */
  readonly settles?: 'order' | 'invoice' | 'programme'
  /** Name under /v1/bulk, where it has a bulk door. */
  readonly bulk?: string
}

/** Keeps the types of params, body and command together where an operation is written, and forgets them in the table. */
export const write = <P extends Shape, B extends Shape, C extends Command>(
  operation: Omit<WriteOperation, 'kind' | 'params' | 'body' | 'resource' | 'command' | 'made' | 'example'> & {
    readonly params: P
    readonly body: B
    readonly example: { readonly params: NoInfer<z.input<P>>; readonly body: NoInfer<z.input<B>> }
    readonly resource: (
      values: { params: Values<P>; body: Values<B> },
      actor: Actor,
      ownership: Ownership,
    ) => Promise<Resource | undefined> | Resource
    readonly command: (values: { params: Values<P>; body: Values<B> }, actor: Actor, resource: Resource) => C
    readonly made: (command: NoInfer<C>, values: { params: Values<P>; body: Values<B> }) => Made
  },
): WriteOperation => ({ kind: 'write', ...operation }) as unknown as WriteOperation

export interface ReadOperation extends Described {
  readonly kind: 'read'
  readonly method: 'get'
  readonly params: Shape
  readonly example: { readonly params: Record<string, string> }
  readonly service: Service
  readonly view: string
  readonly id: (params: never) => string
  /** Parties to the document. A field that it lacks gives nobody a right. */
  readonly resource: (
    document: Record<string, unknown>,
    ownership: Ownership,
    params: never,
    actor: Actor,
  ) => Promise<Resource> | Resource
  /** What each role is shown; a role that is not named sees the document as it is. */
  readonly shown?: Partial<
    Record<
      Role | 'anyone',
      (
        document: Record<string, unknown>,
        gateway: { readonly webhookSecrets: WebhookSecrets },
      ) => Record<string, unknown>
    >
  >
}

export const read = <P extends Shape>(
  operation: Omit<ReadOperation, 'kind' | 'method' | 'params' | 'id' | 'resource' | 'example'> & {
    readonly params: P
    readonly example: { readonly params: NoInfer<z.input<P>> }
    readonly id: (params: Values<P>) => string
    readonly resource: (
      document: Record<string, unknown>,
      ownership: Ownership,
      params: Values<P>,
      actor: Actor,
    ) => Promise<Resource> | Resource
  },
): ReadOperation => ({ kind: 'read', method: 'get', ...operation }) as unknown as ReadOperation

export interface ListOperation extends Described {
  readonly kind: 'list'
  readonly method: 'get'
  /** The one query field besides `limit` and `cursor`. */
  readonly query: Shape
  readonly example: { readonly query: Record<string, string> }
  readonly service: Service
  readonly view: string
  /** What of the view must equal it. */
  readonly field: string
  readonly resource: (document: Record<string, unknown>, ownership: Ownership) => Promise<Resource> | Resource
}

export type Operation = WriteOperation | ReadOperation | ListOperation
