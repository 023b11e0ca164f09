/** The environment of a benchmark: a database with the filled table, an S3 endpoint in its own process, and a clean-up. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DeleteObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { createConnection } from 'mysql2/promise'
import { type Database, openDatabase } from '../local/src/database/database.ts'
import { newAuthority } from '../test/support/certificates.ts'
import { interruption } from './command.ts'
import { divideProcessors, moveTo, on, type Processors } from './processors.ts'
import { type Access, fillTable, holdInMemory, rowsQuery } from './table.ts'
import { s3Client, type Task, type Transport } from './task.ts'

const BUCKET = 'bench'
const STATE = '.carryout/bench'
/** Default product: the clients that the benchmark unpacks from Debian are MariaDB's. */
const PRODUCT = 'mariadb'
/** Host name in the certificates of the benchmark's own server and endpoint. */
const NAME = 'localhost'
const ADDRESS = '127.0.0.1'

/** A database server that the benchmark started on this machine. */
export interface OwnServer {
  pid: number
  /** Directory in which the server may write files; absent if it may not write any. */
  outfiles?: string
}

export interface Bench {
  server: string
  /** Null if `DATABASE_URL` names the server. */
  own: OwnServer | null
  /** Null if a process cannot be bound to a processor. */
  processors: Processors | null
  /** Why a transport cannot be measured here; null if it can. */
  obstacle(transport: Transport): string | null
  task(rows: number, key: string, transport: Transport): Task
  /** Adds or deletes rows until the table has this many. The benchmark's own server then holds them in memory. */
  fill(rows: number): Promise<void>
  /** Deletes the files that the sides delivered. */
  clean(): Promise<void>
  close(): Promise<void>
}

/** @param databaseUrl by default, a throwaway database under `.carryout` is used, which keeps its table for the next run */
export async function openBench(
  say: (line: string) => void,
  databaseUrl: string | undefined = process.env.DATABASE_URL,
): Promise<Bench> {
  const directory = mkdtempSync(join(tmpdir(), 'carryout-bench-'))
  const files = writeCertificates(directory)
  const outfiles = join(directory, 'outfiles')
  mkdirSync(outfiles)
  const processors = await divideProcessors()
  let database: Database | undefined
  const open = () =>
    openDatabase({
      stateDirectory: STATE,
      database: 'carryout_bench',
      databaseUrl,
      product: process.env.CARRYOUT_DATABASE || PRODUCT,
      serverArguments: [
        `--ssl-ca=${files.authority}`,
        `--ssl-cert=${files.certificate}`,
        `--ssl-key=${files.key}`,
        `--secure-file-priv=${outfiles}`,
      ],
      onProgress: say,
      signal: interruption,
    })
  try {
    database = await open()
    if (database.kind === 'throwaway' && (await certificateOf(accessOf(database))) !== files.certificate) {
      // A server that a killed run left running has that run's certificate.
      await database.stop()
      database = await open()
    }
    return await benchOn(database, { directory, files, outfiles, processors, say })
  } catch (error) {
    await database?.stop()
    rmSync(directory, { recursive: true, force: true })
    throw error
  }
}

interface Given {
  directory: string
  files: CertificateFiles
  outfiles: string
  processors: Processors | null
  say: (line: string) => void
}

async function benchOn(database: Database, { directory, files, outfiles, processors, say }: Given): Promise<Bench> {
  const plain = accessOf(database)
  const access: Record<Transport, Access | null> = { plain, tls: encrypted(plain, database, files, directory) }
  const own = database.kind === 'throwaway' ? { pid: await processId(plain), outfiles } : null
  if (own && processors) await moveTo(processors.others, own.pid)
  const s3 = await startS3([directory, BUCKET, files.certificate, files.key], processors)
  const client = s3Client({ endpoint: s3.endpoints.plain })
  return {
    server: database.version,
    own,
    processors,
    obstacle: (transport) =>
      access[transport]
        ? null
        : 'DATABASE_URL reaches its server in plain text; add ssl-mode=VERIFY_IDENTITY and ssl-ca',
    task: (rows, key, transport) => ({
      access: access[transport]!,
      endpoint: s3.endpoints[transport],
      ...(transport === 'tls' && { authorityFile: files.authority }),
      bucket: BUCKET,
      rows,
      query: rowsQuery(rows),
      key,
      directory,
    }),
    async fill(rows) {
      await fillTable(plain, rows, say)
      if (own) await holdInMemory(plain)
    },
    async clean() {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }))
      for (const { Key } of Contents) await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }))
    },
    async close() {
      client.destroy()
      s3.child.kill()
      await database.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

interface CertificateFiles {
  authority: string
  certificate: string
  key: string
}

function writeCertificates(directory: string): CertificateFiles {
  const authority = newAuthority('Carryout Bench Authority')
  const { certificate, key } = authority.sign(NAME, { address: ADDRESS })
  const write = (name: string, text: string) => {
    const file = join(directory, name)
    writeFileSync(file, text, { mode: 0o600 })
    return file
  }
  return {
    authority: write('authority.pem', authority.certificate),
    certificate: write('server.pem', certificate),
    key: write('server-key.pem', key),
  }
}

/** Access to the same server with TLS; null if TLS is not known to work. */
function encrypted(plain: Access, database: Database, files: CertificateFiles, directory: string): Access | null {
  if (database.kind === 'throwaway')
    return { ...plain, host: NAME, tls: { ca: readFileSync(files.authority, 'utf8'), caFile: files.authority } }
  if (!database.tls) return null
  const { ssl, serverName } = database.tls
  const caFile = join(directory, 'database-authority.pem')
  writeFileSync(caFile, [ssl.ca].flat().join('\n'))
  return { ...plain, host: serverName ?? plain.host, tls: { ca: ssl.ca, caFile } }
}

function accessOf({ host, port, admin, database }: Database): Access {
  return { host, port, user: admin.username, password: admin.password, database }
}

async function certificateOf(access: Access): Promise<string> {
  return await variable(access, 'ssl_cert')
}

async function processId(access: Access): Promise<number> {
  return Number(readFileSync(await variable(access, 'pid_file'), 'utf8'))
}

async function variable(access: Access, name: string): Promise<string> {
  const connection = await createConnection(access)
  try {
    const [rows] = await connection.query(`SELECT @@${name} AS value`)
    return (rows as { value: string }[])[0]!.value
  } finally {
    await connection.end()
  }
}

async function startS3(
  args: readonly string[],
  processors: Processors | null,
): Promise<{ endpoints: Record<Transport, string>; child: ChildProcess }> {
  const script = fileURLToPath(new URL('s3.ts', import.meta.url))
  const node = [process.execPath, '--initial-old-space-size=256', script, ...args]
  const [program, ...rest] = on(processors?.others ?? null, node)
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').once('data', resolve)
    child.once('close', (code) => reject(new Error(`The S3 endpoint ended with ${code}`)))
  })
  return { endpoints: JSON.parse(line) as Record<Transport, string>, child }
}
