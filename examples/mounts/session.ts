/** Stands for the web app's own sessions: looks up the signed-in user by the session's secret in a cookie. */
import type { Identity } from '@carryout/client/web'

export const sessions = new Map<string, Identity>()

/** @returns null if the user is not signed in */
export function identityOf({ headers }: Request): Identity | null {
  const [, secret = ''] = /(?:^|;\s*)session=([^;]+)/.exec(headers.get('cookie') ?? '') ?? []
  return sessions.get(secret) ?? null
}
