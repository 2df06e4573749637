/**
 * A process that runs services: their offices, doors, followers and connectors over in-memory ports, put together as
 * `openParts` of the platform does it over the real ones.
 */
import {
  openConnector,
  openDoor,
  openOffice,
  openViewFollower,
  outcomesView,
  outcomesViewName,
  type AnyView,
  type Door,
  type Office,
  type OfficeLimits,
  type Outcome,
  type ViewFollower,
  type Witness,
} from '@triflow/desk'
import { memoryPorts, type MemoryEngines, type Process } from '@triflow/desk/memory'
import { listedConnectors, submitReports, type ServiceDefinition } from '@triflow/platform'
import { serviceViews } from './service-views.ts'

/** Names the code in journals: decisions of the same code are decided again by the checks. */
export const codeVersion = 'simulated'

export interface HouseOptions {
  readonly process: Process
  readonly services: readonly ServiceDefinition[]
  readonly engines: MemoryEngines
  readonly witness: Witness
  readonly desks: number
  readonly limits: Partial<OfficeLimits>
}

export interface House {
  readonly process: Process
  readonly services: ReadonlySet<string>
  door(service: string): Door
  readonly offices: readonly Office[]
  readonly followers: ReadonlyMap<string, ViewFollower>
}

/** What a service keeps for readers: its views, and what became of its commands. */
export const viewsOf = ({ name, desks, views }: ServiceDefinition): readonly AnyView[] => [
  ...views.map(({ definition }) => definition),
  outcomesView(
    name,
    desks.map((desk) => desk.name),
  ),
]

export const openHouse = ({ process, services, engines, witness, desks, limits }: HouseOptions): House => {
  const ports = memoryPorts(engines, process)
  const { log, store, clock, keys } = ports
  const { random } = engines.world
  const doors = new Map<string, Door>()
  const offices: Office[] = []
  const followers = new Map<string, ViewFollower>()

  const openService = (service: ServiceDefinition): void => {
    const { name } = service
    const views = serviceViews(name, ports.views)
    const address = `${process.name}/${name}`
    const door = openDoor({
      desks: service.desks,
      log,
      keys,
      outcomes: views,
      clock,
      witness,
      address,
      outcomesView: () => outcomesViewName(name),
      random,
    })
    doors.set(name, door)
    engines.replies.listen(address, (outcomes: readonly Outcome[]) =>
      process.turn(`settle ${address}`, () => door.settle(outcomes)),
    )
    for (const desk of service.desks)
      openOffice({
        desk,
        desks,
        log,
        store,
        clock,
        replies: engines.replies,
        witness,
        owner: process.name,
        codeVersion,
        limits,
      }).then(
        (office) => void offices.push(office),
        // What cannot start exits; something starts it again.
        () => process.kill(),
      )
    followers.set(
      name,
      openViewFollower({
        reader: `views.${name}`,
        views: viewsOf(service),
        log,
        store: views,
        clock,
        witness,
        random,
      }),
    )
    for (const connector of listedConnectors(service))
      openConnector({
        reader: `connectors.${name}.${connector.name}`,
        connector,
        log,
        store: views,
        clock,
        witness,
        submit: submitReports(door, connector.name, witness),
        random,
      })
  }

  for (const service of services) openService(service)
  return {
    process,
    services: new Set(services.map(({ name }) => name)),
    door: (service) => doors.get(service)!,
    offices,
    followers,
  }
}
