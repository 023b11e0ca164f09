import { InvalidRequest } from '../../../statemachine/errors.ts'
import type { Call } from '../call.ts'
import type { DownloadList } from '../contract.ts'
import { invalid } from '../problem.ts'
import { json } from '../respond.ts'

const USUAL = 20
const MOST = 100

/** Lists the user's downloads, newest first. */
export async function list(call: Call): Promise<Response> {
  const { site, url, caller } = call
  const limit = Number(url.searchParams.get('limit') ?? USUAL)
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) throw invalid(`limit must be a number from 1 to ${MOST}`)
  const after = url.searchParams.get('after')
  const page = await site.carryout
    .downloads({ requestedBy: caller.user, limit, ...(after !== null && { cursor: after }) })
    .catch((error: unknown) => {
      throw error instanceof InvalidRequest ? invalid('after must be the value of next on the previous page') : error
    })
  const downloads = await Promise.all(page.downloads.map((entry) => call.viewOf(entry)))
  const body: DownloadList = { downloads, next: page.cursor }
  return json(body)
}
