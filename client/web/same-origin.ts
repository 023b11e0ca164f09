/**
 * Requires that requests with side effects come from the app's own pages. Another site's form cannot send JSON without
 * a preflight request, and browsers send the request's origin.
 * https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
import { Problem } from './problem.ts'

/** @throws Problem 403 or 415 */
export function checkOrigin(request: Request, origins: readonly string[]): void {
  if (!isSameOrigin(request, origins)) throw new Problem(403, 'OtherOrigin', 'otherOrigin')
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw new Problem(415, 'InvalidRequest', 'notJson')
}

function isSameOrigin({ headers, url }: Request, origins: readonly string[]): boolean {
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site === 'same-origin'
  const origin = headers.get('origin')
  if (origin === null || !URL.canParse(origin)) return false
  const host = headers.get('host') ?? new URL(url).host
  return origins.length > 0 ? origins.includes(origin) : new URL(origin).host === host
}
