/** Which failures of a connection are the configuration's, and what to change, without a server. */
import type { Socket } from 'node:net'
import { hintOf, refusalOf } from '../../../../engine/sources/mysql/refusal.ts'
import { DatabaseMisconfigured } from '../../../../statemachine/errors.ts'

type Failure = Parameters<typeof refusalOf>[0]

function sentenceOf(failure: object, authorizationError?: unknown): string | undefined {
  const error = { message: 'no', ...failure } as Failure
  const refusal = refusalOf(error, 'db:3306', { authorizationError } as unknown as Socket)
  if (refusal === null) return
  expect(refusal).toBeInstanceOf(DatabaseMisconfigured)
  expect(refusal.cause).toBe(error)
  return refusal.message
}

test.each<[string, object, string]>([
  ['a server that demands TLS', { errno: 3159 }, 'The database at db:3306 accepts only connections with TLS'],
  ['a server without TLS', { code: 'HANDSHAKE_NO_SSL_SUPPORT' }, 'has no TLS, but database.tls requires it'],
  ['an unknown method', { errno: 1251 }, 'authenticates this account by a method of its own, which is not supported'],
  [
    'an unknown plugin',
    { code: 'AUTH_SWITCH_PLUGIN_ERROR', message: 'Server requests unknown plugin client_ed25519.' },
    'authenticates this account by client_ed25519, which is not supported',
  ],
  ['a clear password', { code: 'MYSQL_CLEAR_PASSWORD_NOT_ENABLED' }, 'set database.auth to "iam"'],
])('%s is a matter of the configuration', (_, failure, sentence) => {
  expect(sentenceOf(failure)).toContain(sentence)
})

test.each<[string, object]>([
  ['a refused connection', { code: 'ECONNREFUSED', errno: -111 }],
  ['a denied log-in', { code: 'ER_ACCESS_DENIED_ERROR', errno: 1045 }],
  ['an error of a plugin that is known', { code: 'AUTH_SWITCH_PLUGIN_ERROR', message: 'no' }],
  ['a broken handshake', { code: 'HANDSHAKE_SSL_ERROR' }],
  ['a broken handshake with only a reason', { code: 'HANDSHAKE_SSL_ERROR', reason: 'closed' }],
  ['a broken handshake with only a library', { code: 'HANDSHAKE_SSL_ERROR', library: 'SSL routines' }],
])('%s may pass', (_, failure) => {
  expect(sentenceOf(failure)).toBeUndefined()
})

describe('a certificate', () => {
  const code = 'HANDSHAKE_SSL_ERROR'

  test.each([
    ['CERT_HAS_EXPIRED', 'has a certificate that has expired'],
    ['CERT_NOT_YET_VALID', 'has a certificate that is not valid yet'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'that no trusted authority signed (SELF_SIGNED_CERT_IN_CHAIN)'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'that no trusted authority signed (UNABLE_TO_VERIFY_LEAF_SIGNATURE)'],
    ['CERT_REVOKED', 'that cannot be trusted (CERT_REVOKED)'],
  ])('may have the fault %s', (fault, sentence) => {
    expect(sentenceOf({ code }, fault)).toContain(sentence)
  })

  test('may not exist, because the two cannot agree on TLS', () => {
    const failure = { code, reason: 'unsupported protocol', library: 'SSL routines' }
    expect(sentenceOf(failure)).toContain('cannot agree on TLS: unsupported protocol')
  })

  test.each<[object | undefined, string]>([
    [{ subjectaltname: 'DNS:a.example, IP Address:10.0.0.1' }, 'it names a.example, 10.0.0.1.'],
    [{ subject: { CN: 'b.example' } }, 'it names b.example.'],
    [{ subjectaltname: '' }, 'it names none.'],
    [{}, 'it names none.'],
    [undefined, 'it names none.'],
  ])('may bear another name: %j', (cert, names) => {
    const failure = { code, message: "Hostname/IP does not match certificate's altnames", cert }
    expect(sentenceOf(failure)).toContain(`for another name: ${names}`)
  })
})

test('a denied log-in has a hint, by how the account logs in', () => {
  expect(hintOf({ message: '', errno: 1045 }, { tls: true, iam: true })).toContain('AWSAuthenticationPlugin')
  expect(hintOf({ message: '', errno: 1045 }, { tls: false, iam: false })).toContain('REQUIRE SSL')
  expect(hintOf({ message: '', errno: 1045 }, { tls: true, iam: false })).toBe('')
  expect(hintOf({ message: '', errno: 1049 }, { tls: false, iam: true })).toBe('')
})
