import { createCarryout } from '@carryout/client'
import { createDownloads } from '@carryout/client/web'
import { Hono } from 'hono'
import { identityOf } from './session.ts'

const carryout = createCarryout({ parameter: '/carryout/Carryout' })
const downloads = createDownloads({ carryout, identify: identityOf })

export const app = new Hono()
app.all('/downloads/*', (context) => downloads(context.req.raw))
