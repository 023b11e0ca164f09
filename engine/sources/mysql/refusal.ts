/**
 * Recognizes connections that fail because configuration and server do not match. Retries cannot help, so the message
 * says what to change.
 */
import type { Socket } from 'node:net'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import { DatabaseMisconfigured } from '../../../statemachine/errors.ts'
import type { ServerFailure } from './failure.ts'

/** What Node and OpenSSL add to a TLS error. */
interface TlsFailure extends ServerFailure {
  /** OpenSSL's reason, or Node's for a wrong host name. */
  reason?: string
  library?: string
  cert?: PeerCertificate
}

/** ER_SECURE_TRANSPORT_REQUIRED */
const DEMANDS_TLS = 3159
/** ER_NOT_SUPPORTED_AUTH_MODE */
const UNKNOWN_AUTHENTICATION = 1251
const ACCESS_DENIED = 1045

/**
 * @param at the server's host and port, for the message
 * @param socket mysql2 replaces an error's code by its own, but its socket keeps the certificate's error
 * @returns null if the same connection may succeed later
 */
export function refusalOf(failure: ServerFailure, at: string, socket: Socket): DatabaseMisconfigured | null {
  const sentence = sentenceOf(failure, `The database at ${at}`, socket)
  return sentence === null ? null : new DatabaseMisconfigured(sentence, { cause: failure })
}

/** Returns possible causes of a denied log-in, which a server does not distinguish; empty for other errors. */
export function hintOf({ errno }: ServerFailure, { tls, iam }: { tls: boolean; iam: boolean }): string {
  if (errno !== ACCESS_DENIED) return ''
  if (iam)
    return '. The account must exist and be IDENTIFIED WITH AWSAuthenticationPlugin AS "RDS", and database.resourceId must be the one of this server'
  return tls ? '' : '. If the account requires TLS (REQUIRE SSL), set database.tls to "required"'
}

function sentenceOf(failure: TlsFailure, database: string, socket: Socket): string | null {
  if (failure.errno === DEMANDS_TLS)
    return `${database} accepts only connections with TLS, but database.tls is "off". Set it to "required" (error ${DEMANDS_TLS}).`
  if (failure.errno === UNKNOWN_AUTHENTICATION) return authenticationSentence(database, 'a method of its own')
  switch (failure.code) {
    case 'HANDSHAKE_NO_SSL_SUPPORT':
      return `${database} has no TLS, but database.tls requires it. Enable TLS on the server, or set database.tls to "off" in a network that you trust.`
    case 'HANDSHAKE_SSL_ERROR':
      return tlsSentence(failure, database, socket)
    case 'MYSQL_CLEAR_PASSWORD_NOT_ENABLED':
      return `${database} asks for the password in clear text. If this is an IAM account, set database.auth to "iam"; else give the account a password that is IDENTIFIED WITH caching_sha2_password.`
    case 'AUTH_SWITCH_PLUGIN_ERROR': {
      const plugin = /unknown plugin (\w+)/.exec(failure.message)?.[1]
      return plugin === undefined ? null : authenticationSentence(database, plugin)
    }
    default:
      return null
  }
}

function authenticationSentence(database: string, plugin: string): string {
  return `${database} authenticates this account by ${plugin}, which is not supported. Use an account that is IDENTIFIED WITH caching_sha2_password or mysql_native_password.`
}

function tlsSentence(failure: TlsFailure, database: string, socket: Socket): string | null {
  if (failure.message.startsWith('Hostname/IP does not match'))
    return `${database} has a certificate for another name: ${namesOf(failure.cert)}. Set database.host to a name that the certificate bears, or database.tls.serverName if the host is an alias.`
  const fault = String((socket as TLSSocket).authorizationError ?? '')
  switch (fault) {
    case 'CERT_HAS_EXPIRED':
      return `${database} has a certificate that has expired. Renew the server’s certificate; on RDS, rotate it to a current certificate authority.`
    case 'CERT_NOT_YET_VALID':
      return `${database} has a certificate that is not valid yet. Check the server’s certificate and the clocks.`
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_SIGNATURE_FAILURE':
      return `${database} has a certificate that no trusted authority signed (${fault}). Set database.tls.ca to the certificate of the authority that signed it.`
  }
  if (fault !== '')
    return `${database} has a certificate that cannot be trusted (${fault}). Replace the server’s certificate.`
  // Without a certificate error, either the two could not agree on TLS, or the connection broke, which a retry may
  // solve.
  if (failure.reason === undefined || failure.library === undefined) return null
  return `${database} and Carryout cannot agree on TLS: ${failure.reason}. The server must support TLS 1.2 or 1.3.`
}

function namesOf(certificate: PeerCertificate | undefined): string {
  const names = certificate?.subjectaltname?.replaceAll(/DNS:|IP Address:/g, '') ?? certificate?.subject?.CN
  return names === undefined || names === '' ? 'it names none' : `it names ${names}`
}
