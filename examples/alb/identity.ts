/** Verifies the header with which an Application Load Balancer with an OIDC listener rule says who has signed in. */
import { createPublicKey, verify } from 'node:crypto'

export interface LoadBalancer {
  /** ARN of the load balancer; headers that another one signed are rejected. */
  arn: string
  /** The app's client id at the identity provider. */
  clientId: string
  /** Base URL of the load balancer's public keys; by default the address of AWS in its region. */
  keys?: string
}

export interface Claims {
  sub: string
  email?: string
}

const HEADER = 'x-amzn-oidc-data'
const KEY_ID = /^[A-Za-z0-9-]{1,64}$/

/**
 * @returns a function that gives the identity provider's claims about the user who sent a request. It returns null if the header
 *   is missing, has expired, or was signed by anything but this load balancer.
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html
 */
export function verifierOf({ arn, clientId, keys }: LoadBalancer) {
  const base = keys ?? `https://public-keys.auth.elb.${arn.split(':')[3]}.amazonaws.com`
  const known = new Map<string, Promise<string>>()

  function keyOf(kid: string): Promise<string> {
    const found = known.get(kid)
    if (found) return found
    const fetched = fetch(`${base}/${kid}`, { signal: AbortSignal.timeout(5_000) }).then((response) => {
      if (!response.ok) throw new Error(`Could not fetch the load balancer's key ${kid}: ${response.status}`)
      return response.text()
    })
    known.set(kid, fetched)
    // A failed fetch is forgotten, so that it can be tried again and invented key ids do not accumulate.
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
