/** TLS and authentication, against servers with certificates that these tests make. */
import { type AddressInfo, connect, createServer } from 'node:net'
import sql from 'sql-template-tag'
import { type MysqlOptions, mysqlSource } from '../../../engine/sources/mysql.ts'
import { startDataApi } from '../../../local/test/rds-data/support.ts'
import { type Identity, newAuthority } from '../../support/certificates.ts'
import { PRODUCTS } from '../../support/database.ts'
import { startTlsDatabase, type TlsDatabase } from '../../support/tls-database.ts'
import { dataApiOf, readAll } from './data-api-support.ts'

const products = PRODUCTS.filter((product) => /^(mysql|mariadb)/.test(product))

describe.each(products)('TLS to %s', (product) => {
  let database: TlsDatabase
  let good: Identity
  beforeAll(async () => {
    database = await startTlsDatabase(product, ['--lower-case-table-names=1'])
    good = database.authority.sign('localhost')
  }, 180_000)
  afterAll(() => database?.stop())
  const showAgain = () => database.show(good)

  test('encrypts, and verifies the server against the given authority and its name', async () => {
    expect(await cipher()).toMatch(/AES|CHACHA/)
  })

  test('ends cleanly if the server resets the connection on quit', async () => {
    const proxy = await startResettingProxy(database.port)
    try {
      const through = { port: proxy.port }
      const query = { query: sql`SELECT 1 AS id`, key: 'id', after: null, upTo: null, timeZone: null }
      for (let time = 0; time < 5; time++) {
        await sourceWith(through).estimate!(query, AbortSignal.timeout(20_000))
        expect(await cipher(through)).not.toBe('')
      }
      // Each connection has met it.
      expect(proxy.resets()).toBeGreaterThanOrEqual(10)
    } finally {
      await proxy.close()
    }
  })

  test('reads tables whose names the server stores in lower case, however the query writes them', async () => {
    const numbers = Array.from({ length: 300 }, (_, index) => index + 1)
    await database.run(
      'CREATE TABLE Shop.Carryout (Id INT PRIMARY KEY, Code VARCHAR(20) NOT NULL UNIQUE) CHARSET utf8mb4',
      `INSERT INTO SHOP.CARRYOUT VALUES ${numbers.map((n) => `(${n}, 'Code ${String(n).padStart(4, '0')}')`).join()}`,
      'CREATE VIEW Shop.CodesOf AS SELECT ID, Code FROM shop.carryout',
    )
    const { authority: _, ...facts } = database
    const api = await startDataApi({ ...facts, database: 'SHOP' } as never)
    try {
      for (const source of [sourceWith({ database: 'SHOP' }), dataApiOf(api)]) {
        for (const text of [
          'SELECT c.Id, V.Code AS K FROM CARRYOUT c JOIN Shop.codesof v ON v.ID = C.id',
          // With two columns of the same name, the query is wrapped with names of ours and the table's.
          'SELECT Carryout.Id, C.Code AS K, C.Code, c.id AS Code FROM carryout JOIN CodesOf c ON c.Id = CARRYOUT.ID',
        ]) {
          const query = { ...{ query: sql([text] as never), upTo: null, timeZone: null }, key: 'K' }
          const after = { type: 'text', value: 'Code 0200' } as const
          const rows = await source.open({ ...query, after }, AbortSignal.timeout(20_000))
          expect((await readAll(rows)).map(([id]) => Number(id))).toEqual(numbers.slice(200))
          await rows.close()
          const space = await source.keySpace!(query, AbortSignal.timeout(20_000))
          expect(await space.keys({ after, upTo: null }, 1, 'first')).toEqual([{ type: 'text', value: 'Code 0201' }])
          await space.close()
        }
      }
    } finally {
      await api.close()
    }
  })

  test('is not used if it is off', async () => {
    expect(await cipher({ tls: 'off' })).toBe('')
  })

  test('verifies the certificate’s name if the host is an alias', async () => {
    const tls = { ca: database.authority.certificate, serverName: 'localhost' }
    expect(await cipher({ host: '127.0.0.1', tls })).not.toBe('')
  })

  test('refuses an IP address as host, because its name cannot be verified', async () => {
    await expectMisconfigured(
      { host: '127.0.0.1' },
      'The database’s host is the address 127.0.0.1, but a certificate names a host. Set database.host to the endpoint’s name, or database.tls.serverName to the name that the certificate bears.',
    )
  })

  test('refuses a certificate that another authority signed', async () => {
    await expectMisconfigured(
      { tls: { ca: newAuthority().certificate } },
      /has a certificate that no trusted authority signed \(\w+\)\. Set database\.tls\.ca to the certificate of the authority/,
    )
  })

  test('refuses an authority that is neither Amazon’s nor Node’s, unless it is configured', async () => {
    await expectMisconfigured({ tls: {} }, 'has a certificate that no trusted authority signed')
  })

  test('refuses a certificate for another name', async () => {
    await database.show(database.authority.sign('shop.example.com'))
    try {
      await expectMisconfigured(
        {},
        'has a certificate for another name: it names shop.example.com. Set database.host to a name that the certificate bears, or database.tls.serverName',
      )
    } finally {
      await showAgain()
    }
  })

  // MySQL does not load such a certificate, but one can expire while it runs.
  if (product.startsWith('mariadb')) {
    test.each([
      ['has expired', { from: -100, to: -50 }, 'has a certificate that has expired. Renew the server’s certificate'],
      [
        'is not valid yet',
        { from: 2, to: 50 },
        'has a certificate that is not valid yet. Check the server’s certificate',
      ],
    ])('refuses a certificate that %s', async (_, validity, sentence) => {
      await database.show(database.authority.sign('localhost', validity))
      try {
        await expectMisconfigured({}, sentence)
      } finally {
        await showAgain()
      }
    })
  }

  test('says what to set if the server accepts only TLS and it is off', async () => {
    await database.run('SET GLOBAL require_secure_transport = ON')
    try {
      if (product.startsWith('mysql')) {
        const sentence = 'accepts only connections with TLS, but database.tls is "off". Set it to "required"'
        await expectMisconfigured({ tls: 'off' }, sentence)
      } else {
        // MariaDB 10 denies access as it does for a wrong password.
        await expect(cipher({ tls: 'off' })).rejects.toThrow('set database.tls to "required"')
      }
      expect(await cipher()).not.toBe('')
    } finally {
      await database.run('SET GLOBAL require_secure_transport = OFF')
    }
  })

  test('suggests TLS if an account that requires it is denied', async () => {
    const account = await givenAccount('REQUIRE SSL')
    await expect(cipher({ ...account, tls: 'off' })).rejects.toMatchObject({
      name: 'DatabaseUnavailable',
      message: expect.stringMatching(
        /\(error 1045\).*If the account requires TLS \(REQUIRE SSL\), set database\.tls to "required"$/,
      ),
    })
    expect(await cipher(account)).not.toBe('')
  })

  test('presents the client’s certificate for an account that requires one', async () => {
    const account = await givenAccount('REQUIRE X509')
    await expect(cipher(account)).rejects.toMatchObject({ name: 'DatabaseUnavailable' })
    const { certificate, key } = database.authority.sign('carryout')
    const tls = { ca: database.authority.certificate, certificate, key }
    expect(await cipher({ ...account, tls })).not.toBe('')
  })

  test.each([
    [
      'an authority that is not a certificate',
      () => ({ ca: 'ca.pem' }),
      /database\.tls\.ca\) is not a certificate\. It must be PEM/,
    ],
    [
      'a client certificate that is none',
      () => ({ certificate: 'x', key: 'y' }),
      /clientCertificate in its secret\) is not a certificate/,
    ],
    [
      'a key that belongs to another certificate',
      () => ({ certificate: good.certificate, key: database.authority.sign('other').key }),
      /clientKey in its secret\) does not fit clientCertificate\. Store the certificate and its key together/,
    ],
  ])('refuses %s before it connects', async (_, tls, sentence) => {
    await expectMisconfigured({ tls: { ca: database.authority.certificate, ...tls() }, port: 1 }, sentence)
  })

  if (product.startsWith('mysql')) {
    test.each(['off', 'on'])(
      'logs in with caching_sha2_password with TLS %s, the first time and from the cache',
      async (mode) => {
        const account = await givenAccount('', 'caching_sha2_password')
        const tls = mode === 'off' ? { tls: 'off' as const } : {}
        expect((await cipher({ ...account, ...tls })) === '').toBe(mode === 'off')
        expect((await cipher({ ...account, ...tls })) === '').toBe(mode === 'off')
        await expect(cipher({ ...account, ...tls, password: 'wrong' })).rejects.toThrow('error 1045')
      },
    )
  }

  function sourceWith(change: Partial<MysqlOptions>) {
    return mysqlSource({
      host: 'localhost',
      port: database.port,
      user: database.exporter.username,
      password: database.exporter.password,
      database: 'shop',
      tls: { ca: database.authority.certificate },
      ...change,
    })
  }

  /** The cipher of a connection that an export has; empty without TLS. */
  async function cipher(change: Partial<MysqlOptions> = {}): Promise<string> {
    const source = sourceWith(change)
    const query = sql`SHOW SESSION STATUS LIKE 'Ssl_cipher'`
    const rows = await source.open(
      { query, key: null, after: null, upTo: null, timeZone: null },
      AbortSignal.timeout(20_000),
    )
    try {
      for await (const { bytes, starts, ends } of rows) {
        const value = bytes.toString('latin1', starts[0], ends[0])
        return value.slice('.Ssl_cipher.'.length)
      }
      return 'no row'
    } finally {
      await rows.close()
    }
  }

  async function expectMisconfigured(change: Partial<MysqlOptions>, sentence: string | RegExp): Promise<void> {
    const error = await cipher(change).then(
      (value) => new Error(`it connected: ${value}`),
      (reason: Error) => reason,
    )
    expect(error.message).toMatch(sentence)
    expect(error.name).toBe('DatabaseMisconfigured')
  }

  let accounts = 0
  async function givenAccount(require: string, plugin?: string) {
    const user = `tls_${++accounts}`
    const identified = plugin ? `IDENTIFIED WITH ${plugin} BY 'a password'` : "IDENTIFIED BY 'a password'"
    await database.run(
      `CREATE USER ${user}@'127.0.0.1' ${identified} ${require}`,
      `GRANT SELECT ON shop.* TO ${user}@'127.0.0.1'`,
    )
    return { user, password: 'a password' }
  }
})

/** Before a server: breaks each connection once the client has said good-bye, as MariaDB over TLS and Azure's gateway do. */
async function startResettingProxy(port: number) {
  let resets = 0
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect(port, '127.0.0.1')
    upstream.on('error', () => {}).pipe(client, { end: false })
    client.on('error', () => {}).pipe(upstream)
    client.on('end', () => {
      resets++
      client.resetAndDestroy()
    })
    client.on('close', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    resets: () => resets,
    close: () => new Promise<unknown>((resolve) => server.close(resolve)),
  }
}
