/** The services' doors by gRPC. Codes that mean "nobody knows, ask again" become one error; all others are bugs. */
import * as grpc from '@grpc/grpc-js'
import { doorClient, type DoorClient } from '@triflow/platform'
import { DoorUnavailable, services, type Doors, type Service } from './service-doors.ts'

const READ_WITHIN_MS = 2_000

const again = new Set<number | undefined>([
  grpc.status.UNAVAILABLE,
  grpc.status.DEADLINE_EXCEEDED,
  grpc.status.CANCELLED,
  grpc.status.RESOURCE_EXHAUSTED,
  grpc.status.ABORTED,
])

const asked = async <T>(service: Service, call: Promise<T>): Promise<T> => {
  try {
    return await call
  } catch (error) {
    if (again.has((error as { code?: number }).code)) throw new DoorUnavailable(service, error)
    throw error
  }
}

const parsed = (json: string) => JSON.parse(json) as Record<string, unknown>

export const grpcDoors = (addresses: Readonly<Record<Service, string>>): Doors => {
  const clients = Object.fromEntries(services.map((service) => [service, doorClient(addresses[service])])) as Record<
    Service,
    DoorClient
  >
  return {
    submit: (service, request) => asked(service, clients[service].submit(request)),
    submitMany: (service, requests) => asked(service, clients[service].submitMany(requests)),
    read: async (service, view, id, atLeast) => {
      const answer = await asked(service, clients[service].read({ view, id, atLeast, deadlineMs: READ_WITHIN_MS }))
      return answer.found ? { json: parsed(answer.json), version: answer.version } : undefined
    },
    list: async (service, query) => {
      const answer = await asked(service, clients[service].list({ ...query, deadlineMs: READ_WITHIN_MS }))
      return { documents: answer.json.map(parsed), next: answer.next }
    },
    close: () => services.forEach((service) => clients[service].close()),
  }
}
