/** Pages for people: an index, and the API reference from files of our own (no CDN, no telemetry, nothing fetched elsewhere). */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { Router } from 'express'
import helmet from 'helmet'

const page = (title: string, head: string, body: string) =>
  `<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>${head}</head>\n<body>${body}</body>\n</html>\n`

export const indexPage = page(
  'Triflow gateway',
  '',
  '<h1>Triflow gateway</h1><ul><li><a href="/reference">API reference</a></li><li><a href="/openapi.json">OpenAPI 3.1 document</a></li><li><a href="/.well-known/oauth-authorization-server">Authorization server</a></li><li><a href="/.well-known/jwks.json">Signing keys</a></li></ul>',
)

const referencePage = page(
  'Triflow API reference',
  '<link rel="stylesheet" href="/reference/swagger-ui.css">',
  '<div id="reference"></div><script src="/reference/swagger-ui-bundle.js"></script><script src="/reference/start.js"></script>',
)

/** Without a validator: Swagger UI would otherwise ask an outside server to judge the document. */
const startScript = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#reference', deepLinking: true, validatorUrl: null, persistAuthorization: false })\n`

const assets = ['swagger-ui.css', 'swagger-ui-bundle.js'] as const

export const referenceFiles = (): Router => {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  const router = Router()
  router.use(
    helmet({
      contentSecurityPolicy: {
        directives: {
          defaultSrc: ["'self'"],
          scriptSrc: ["'self'"],
          // Swagger UI puts style attributes on what it renders, and its icons are data images.
          styleSrc: ["'self'", "'unsafe-inline'"],
          imgSrc: ["'self'", 'data:'],
          connectSrc: ["'self'"],
          upgradeInsecureRequests: null,
        },
      },
    }),
  )
  router.get('/', (_request, response) => void response.type('html').send(referencePage))
  router.get('/start.js', (_request, response) => void response.type('js').send(startScript))
  for (const asset of assets)
    router.get(`/${asset}`, (_request, response) => response.sendFile(asset, { root: folder, maxAge: '1h' }))
  return router
}
