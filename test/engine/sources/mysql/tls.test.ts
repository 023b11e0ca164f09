/** Which authorities a connection trusts, which certificate it presents, and which name it verifies, without a server. */
import { rootCertificates } from 'node:tls'
import { nameToVerify, sslOptions } from '../../../../engine/sources/mysql/tls.ts'
import { DatabaseMisconfigured } from '../../../../statemachine/errors.ts'
import { newAuthority } from '../../../support/certificates.ts'

const authority = newAuthority()
const client = authority.sign('client')
const SECURE = { minVersion: 'TLSv1.2', verifyIdentity: true }

describe('a connection', () => {
  it('trusts Amazon’s authorities and Node’s own by default, by one object for all connections', async () => {
    const options = await sslOptions({})
    expect(options).toMatchObject(SECURE)
    expect(options.ca).toEqual(expect.arrayContaining([...rootCertificates]))
    expect(options.ca.length).toBeGreaterThan(rootCertificates.length)
    expect(await sslOptions({})).toBe(options)
  })

  it('trusts only the given authority', async () => {
    expect(await sslOptions({ ca: authority.certificate })).toEqual({ ca: authority.certificate, ...SECURE })
  })

  it('presents its certificate, whichever authority it trusts', async () => {
    const { certificate, key } = client
    const given = await sslOptions({ ca: authority.certificate, certificate, key })
    expect(given).toEqual({ ca: authority.certificate, cert: certificate, key, ...SECURE })
    const { ca } = await sslOptions({})
    expect(await sslOptions({ certificate, key })).toMatchObject({ ca, cert: certificate, key, ...SECURE })
  })

  it.each([
    [
      'an authority',
      { ca: 'hush' },
      'The certificate authority for the database (database.tls.ca) is not a certificate',
    ],
    [
      'a certificate',
      { certificate: 'hush' },
      'The client certificate for the database (clientCertificate in its secret)',
    ],
    [
      'a key',
      { certificate: client.certificate, key: 'hush' },
      'The client key for the database (clientKey in its secret)',
    ],
    [
      'the key of another certificate',
      { certificate: client.certificate, key: authority.sign('other').key },
      'does not fit clientCertificate',
    ],
  ])('is refused if %s cannot be used, without quoting it', async (_, tls, sentence) => {
    const error = await sslOptions(tls).catch((reason) => reason)
    expect(error).toBeInstanceOf(DatabaseMisconfigured)
    expect(error.message).toContain(sentence)
    expect(error.message).not.toContain('hush')
  })
})

test('the name to verify is the host’s, or another one that is configured, but never an address', () => {
  expect(nameToVerify('db.example', {})).toBe('db.example')
  expect(nameToVerify('10.0.0.1', { serverName: 'db.example' })).toBe('db.example')
  for (const host of ['10.0.0.1', '::1']) expect(() => nameToVerify(host, {})).toThrow(DatabaseMisconfigured)
})
