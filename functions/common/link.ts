/**
 * Signed links that open a file until their expiry. A URL presigned by a Lambda expires with the credentials that
 * signed it, within hours. Instead, a link contains the file and its expiry under an HMAC, and `open-link` presigns a
 * URL when the link is opened. It also contains a digest of its requester and its creation time, so that all links of
 * one requester can be revoked.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

export interface Link {
  /** The file's key in the bucket: `files/<id>/<name>`. */
  key: string
  /** See `requesterDigest`. */
  requester: string
  /** Epoch seconds. */
  made: number
  expires: number
}

export function signLink(base: string, link: Link, secret: string): string {
  const url = new URL(base)
  url.searchParams.set('file', link.key)
  url.searchParams.set('for', link.requester)
  url.searchParams.set('made', String(link.made))
  url.searchParams.set('expires', String(link.expires))
  url.searchParams.set('signature', signature(link, secret).toString('base64url'))
  return url.href
}

/** @returns the link in the query; `forged` if it was not signed with the secret, `expired` after its expiry */
export function openLink(
  query: Record<string, string | undefined>,
  secret: string,
  now: number,
): Link | 'forged' | 'expired' {
  const link = {
    key: query.file ?? '',
    requester: query.for ?? '',
    made: Number(query.made),
    expires: Number(query.expires),
  }
  const given = Buffer.from(query.signature ?? '', 'base64url')
  const expected = signature(link, secret)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'forged'
  return link.expires * 1000 <= now ? 'expired' : link
}

/** Returns the id of the download that a file belongs to. */
export function downloadOf({ key }: Pick<Link, 'key'>): string {
  return key.split('/')[1] ?? ''
}

function signature({ key, requester, made, expires }: Link, secret: string): Buffer {
  return createHmac('sha256', secret).update(`${made}\n${expires}\n${requester}\n${key}`).digest()
}
