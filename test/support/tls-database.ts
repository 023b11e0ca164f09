/** A database server with TLS for a single test, whose certificate can be changed while it runs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Connection, createConnection } from 'mysql2/promise'
import { type Database, openDatabase } from '../../local/src/database/database.ts'
import { type Authority, type Identity, newAuthority } from './certificates.ts'

export interface TlsDatabase extends Database {
  /** The authority of the server's first certificate, which is for `localhost`. */
  authority: Authority
  /** Changes the certificate that the server presents to new connections. */
  show(identity: Identity): Promise<void>
  /** Runs statements as the administrator. */
  run(...statements: string[]): Promise<unknown[]>
}

/**
 * @param product `mysql` or `mariadb`
 * @param more additional arguments for the server
 */
export async function startTlsDatabase(product: string, more: readonly string[] = []): Promise<TlsDatabase> {
  const directory = mkdtempSync(join(tmpdir(), 'carryout-tls-'))
  const authority = newAuthority()
  const file = (name: string) => join(directory, name)
  const write = ({ certificate, key }: Identity) => {
    writeFileSync(file('server.pem'), certificate)
    writeFileSync(file('server-key.pem'), key)
  }
  writeFileSync(file('ca.pem'), authority.certificate)
  write(authority.sign('localhost'))
  const database = await openDatabase({
    stateDirectory: file('state'),
    database: 'shop',
    product,
    serverArguments: [
      `--ssl-ca=${file('ca.pem')}`,
      `--ssl-cert=${file('server.pem')}`,
      `--ssl-key=${file('server-key.pem')}`,
      ...more,
    ],
  })
  const { username: user, password } = database.admin
  const admin: Connection = await createConnection({ host: database.host, port: database.port, user, password })
  const run = async (...statements: string[]) => {
    const results: unknown[] = []
    for (const statement of statements) results.push((await admin.query(statement))[0])
    return results
  }
  return {
    ...database,
    authority,
    run,
    async show(identity) {
      write(identity)
      await run(/mariadb/i.test(database.version) ? 'FLUSH SSL' : 'ALTER INSTANCE RELOAD TLS')
    },
    async stop() {
      await admin.end()
      await database.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
