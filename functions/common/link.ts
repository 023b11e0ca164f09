/**
 * Links that open a file for as long as they say. A URL presigned by a Lambda dies with the credentials that signed
 * it, after hours; a link instead names the file and its own end, under an HMAC, and `open-link` presigns on opening.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

export interface Link {
  /** The file's key in the bucket. */
  key: string
  /** Epoch seconds. */
  expires: number
}

export function signLink(base: string, { key, expires }: Link, secret: string): string {
  const url = new URL(base)
  url.searchParams.set('file', key)
  url.searchParams.set('expires', String(expires))
  url.searchParams.set('signature', signature({ key, expires }, secret).toString('base64url'))
  return url.href
}

/** @returns the link that the query stands for; `forged` when it was not signed with the secret, `expired` past its end */
export function openLink(
  query: Record<string, string | undefined>,
  secret: string,
  now: number,
): Link | 'forged' | 'expired' {
  const link = { key: query.file ?? '', expires: Number(query.expires) }
  const given = Buffer.from(query.signature ?? '', 'base64url')
  const expected = signature(link, secret)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'forged'
  return link.expires * 1000 <= now ? 'expired' : link
}

function signature({ key, expires }: Link, secret: string): Buffer {
  return createHmac('sha256', secret).update(`${expires}\n${key}`).digest()
}
