/** Who an Application Load Balancer with an OIDC listener rule has let in: its header, verified. */
import { createPublicKey, verify } from 'node:crypto'

export interface LoadBalancer {
  /** The listener's load balancer: another one's header is not taken. */
  arn: string
  /** The app's client id at the identity provider. */
  clientId: string
  /** Where the load balancer's public keys are; by default AWS's address of its region. */
  keys?: string
}

export interface Claims {
  sub: string
  email?: string
}

const HEADER = 'x-amzn-oidc-data'
const KEY_ID = /^[A-Za-z0-9-]{1,64}$/

/**
 * @returns what the identity provider says of whoever asks; null where the header is missing, was signed by somebody else, or has ended
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html
 */
export function verifierOf({ arn, clientId, keys }: LoadBalancer) {
  const base = keys ?? `https://public-keys.auth.elb.${arn.split(':')[3]}.amazonaws.com`
  const known = new Map<string, Promise<string>>()

  function keyOf(kid: string): Promise<string> {
    const found = known.get(kid)
    if (found) return found
    const fetched = fetch(`${base}/${kid}`, { signal: AbortSignal.timeout(5_000) }).then((response) => {
      if (!response.ok) throw new Error(`The load balancer's key ${kid} is not there: ${response.status}`)
      return response.text()
    })
    known.set(kid, fetched)
    // What could not be fetched is tried again; and strangers’ ids are not collected.
    fetched.catch(() => known.delete(kid))
    return fetched
  }

  return async ({ headers }: Request): Promise<Claims | null> => {
    const [header = '', payload = '', signature = ''] = (headers.get(HEADER) ?? '').split('.')
    const { alg, kid, signer, client, exp } = read(header)
    const isOurs = alg === 'ES256' && signer === arn && client === clientId && Number(exp) * 1000 > Date.now()
    if (!isOurs || typeof kid !== 'string' || !KEY_ID.test(kid)) return null
    const key = createPublicKey(await keyOf(kid))
    const isSigned = verify(
      'sha256',
      Buffer.from(`${header}.${payload}`),
      { key, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    )
    if (!isSigned) return null
    const { sub, email } = read(payload)
    if (typeof sub !== 'string') return null
    return { sub, ...(typeof email === 'string' && { email }) }
  }
}

function read(part: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
  } catch {
    return {}
  }
}
