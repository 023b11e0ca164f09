/** A Lambda function behind a function URL or an HTTP API, for `ANY /downloads` and `ANY /downloads/{proxy+}`. */
import { createCarryout } from '@carryout/client'
import { createDownloads, toLambdaHandler } from '@carryout/client/web'
import { identityOf } from './session.ts'

const carryout = createCarryout({ parameter: '/carryout/Carryout' })

export const handler = toLambdaHandler(createDownloads({ carryout, identify: identityOf, stream: false }))
