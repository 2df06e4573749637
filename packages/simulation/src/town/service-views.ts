/** The views of one service in the shared in-memory database: each service has collections of its own, as in the real one. */
import type { Views } from '@triflow/desk'

export const collectionName = (service: string, view: string): string => `${service}/${view}`

export const serviceViews = (service: string, views: Views): Views => ({
  load: (view, ids) => views.load(collectionName(service, view), ids),
  save: (view, documents) => views.save(collectionName(service, view), documents),
  list: (view, query) => views.list(collectionName(service, view), query),
  position: views.position,
  savePosition: views.savePosition,
})
