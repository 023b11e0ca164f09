import { createCarryout } from '@carryout/client'
import { createDownloads, toNodeHandler } from '@carryout/client/web'
import express from 'express'
import { identityOf } from './session.ts'

const carryout = createCarryout({ parameter: '/carryout/Carryout' })
const downloads = createDownloads({ carryout, identify: identityOf })

export const app = express()
app.use('/downloads', toNodeHandler(downloads))
