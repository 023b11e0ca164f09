/** The app's own sessions, of which an app has its own kind: who signed in, by the session's secret in a cookie. */
import type { Identity } from '@carryout/client/web'

export const sessions = new Map<string, Identity>()

/** @returns null where nobody is signed in */
export function identityOf({ headers }: Request): Identity | null {
  const [, secret = ''] = /(?:^|;\s*)session=([^;]+)/.exec(headers.get('cookie') ?? '') ?? []
  return sessions.get(secret) ?? null
}
