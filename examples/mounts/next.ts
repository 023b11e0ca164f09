/** A Next.js route handler, for the file `app/downloads/[[...path]]/route.ts`. */
import { createCarryout } from '@carryout/client'
import { createDownloads } from '@carryout/client/web'
import { identityOf } from './session.ts'

const carryout = createCarryout({ parameter: '/carryout/Carryout' })
const downloads = createDownloads({ carryout, identify: identityOf })

export const dynamic = 'force-dynamic'
export const GET = (request: Request) => downloads(request)
export const POST = GET
