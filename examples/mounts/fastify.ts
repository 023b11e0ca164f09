import { createCarryout } from '@carryout/client'
import { createDownloads, toNodeHandler } from '@carryout/client/web'
import { fastify } from 'fastify'
import { identityOf } from './session.ts'

const carryout = createCarryout({ parameter: '/carryout/Carryout' })
const downloads = toNodeHandler(createDownloads({ carryout, identify: identityOf }))

export const app = fastify()
app.register(async (scope) => {
  // The handler reads the body and sends the response itself.
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
  for (const path of ['/downloads', '/downloads/*']) {
    scope.all(path, async (request, reply) => {
      reply.hijack()
      await downloads(request.raw, reply.raw)
    })
  }
})
