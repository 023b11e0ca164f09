/** A database of one's own that accepts only TLS, by DATABASE_URL. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fillShop } from '../../laptop/shop/fill.ts'
import { openDatabase } from '../../local/src/database/database.ts'
import { newAuthority } from '../support/certificates.ts'
import { startTestCloud } from '../support/cloud.ts'
import { givenRequest, order } from '../support/pipeline.ts'
import { startTlsDatabase, type TlsDatabase } from '../support/tls-database.ts'

let directory: string
let database: TlsDatabase
let files: { ca: string; cert: string; key: string; otherCa: string }
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'carryout-url-'))
  database = await startTlsDatabase('mariadb')
  const { certificate, key } = database.authority.sign('carryout')
  const write = (name: string, text: string) => {
    writeFileSync(join(directory, name), text)
    return join(directory, name)
  }
  files = {
    ca: write('ca.pem', database.authority.certificate),
    cert: write('cert.pem', certificate),
    key: write('key.pem', key),
    otherCa: write('other.pem', newAuthority().certificate),
  }
  await database.run(
    "CREATE USER shop@'127.0.0.1' IDENTIFIED BY 'secret' REQUIRE X509",
    "GRANT ALL ON shop.* TO shop@'127.0.0.1'",
    'SET GLOBAL require_secure_transport = ON',
  )
}, 240_000)
afterAll(async () => {
  await database?.stop()
  rmSync(directory, { recursive: true, force: true })
})

const urlOf = (options: Record<string, string>, host = '127.0.0.1') =>
  `mysql://shop:secret@${host}:${database.port}/shop?${new URLSearchParams(options)}`
const withClient = (options: Record<string, string>) => ({ ...options, 'ssl-cert': files.cert, 'ssl-key': files.key })

test('an export runs over TLS with a client certificate, even if the host is an IP address', async () => {
  const cloud = await startTestCloud({
    databaseUrl: urlOf(withClient({ 'ssl-mode': 'VERIFY_CA', 'ssl-ca': files.ca })),
  })
  try {
    const { host, port, admin, tls } = cloud.database
    const user = { user: admin.username, password: admin.password }
    await fillShop({ host, port, database: 'shop', ...user, ssl: tls?.ssl }, { orders: 200 })
    const { status, output } = await order(cloud, givenRequest())
    expect(status).toBe('SUCCEEDED')
    expect(JSON.parse(output as string).file.rows).toBeGreaterThan(0)
  } finally {
    await cloud.close()
  }
}, 240_000)

test.each([
  [
    'plain text',
    () => ({}),
    /refused the user shop with this password\. If the server or the account requires TLS, add \?ssl-mode=REQUIRED\.$/,
  ],
  [
    'another authority',
    () => withClient({ 'ssl-ca': files.otherCa }),
    /certificate of the server at 127\.0\.0\.1:\d+ cannot be verified: .*Add &ssl-ca=<file>/,
  ],
  ['an authority that everybody knows', () => withClient({ 'ssl-mode': 'REQUIRED' }), /cannot be verified/],
  [
    'a mode that is none',
    () => ({ 'ssl-mode': 'yes' }),
    /has ssl-mode=yes, which must be one of DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY/,
  ],
  [
    'a file that is not there',
    () => ({ 'ssl-ca': '/no/such.pem' }),
    /has ssl-ca=\/no\/such\.pem, a file that cannot be read \(ENOENT\)/,
  ],
  [
    'a certificate without its key',
    () => ({ 'ssl-ca': files.ca, 'ssl-cert': files.cert }),
    /must have both ssl-cert and ssl-key, or neither/,
  ],
  [
    'an address whose name is to be verified',
    () => ({ 'ssl-mode': 'VERIFY_IDENTITY' }),
    /VERIFY_IDENTITY and an address for a host: use the host’s name/,
  ],
])('%s is refused with a sentence', async (_, options, sentence) => {
  const opening = openDatabase({ stateDirectory: directory, database: 'shop', databaseUrl: urlOf(options()) })
  const error = await opening.then(
    () => new Error('it opened'),
    (reason: Error) => reason,
  )
  expect(error.message).toMatch(sentence)
  expect(error.message).not.toContain('secret')
  expect(error.name).toBe('DatabaseUnusable')
})

test('the host’s name is verified if requested', async () => {
  const options = withClient({ 'ssl-mode': 'VERIFY_IDENTITY', 'ssl-ca': files.ca })
  const open = () =>
    openDatabase({ stateDirectory: directory, database: 'shop', databaseUrl: urlOf(options, 'localhost') })
  const opened = await open()
  expect(opened.tls?.serverName).toBe('localhost')
  await database.show(database.authority.sign('shop.example.com'))
  await expect(open()).rejects.toThrow('cannot be verified: Hostname/IP does not match')
})
