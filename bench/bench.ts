/** Where a benchmark runs: a database with the table filled, an S3 endpoint in its own process, and a clean end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DeleteObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { openDatabase } from '../local/src/database/database.ts'
import { interruption } from './command.ts'
import { type Access, fillTable, holdInMemory } from './table.ts'
import { s3Client, type Task } from './task.ts'

const BUCKET = 'bench'

export interface Bench {
  server: string
  task(rows: number, key: string): Task
  /** Fills the table up to, or empties it down to, so many rows, which the server then holds in memory if it is its own. */
  fill(rows: number): Promise<void>
  /** Deletes what the sides delivered. */
  clean(): Promise<void>
  close(): Promise<void>
}

/** @param databaseUrl else there is a throwaway database under `.carryout`, which keeps the table for the next time */
export async function openBench(
  say: (line: string) => void,
  databaseUrl: string | undefined = process.env.DATABASE_URL,
): Promise<Bench> {
  const database = await openDatabase({
    stateDirectory: '.carryout/bench',
    database: 'carryout_bench',
    databaseUrl,
    product: process.env.CARRYOUT_DATABASE,
    onProgress: say,
    signal: interruption,
  })
  const { host, port, admin } = database
  const access: Access = { host, port, user: admin.username, password: admin.password, database: database.database }
  const directory = mkdtempSync(join(tmpdir(), 'carryout-bench-'))
  const s3 = await startS3(directory)
  const client = s3Client(s3)
  return {
    server: database.version,
    task: (rows, key) => ({ access, endpoint: s3.endpoint, bucket: BUCKET, rows, key }),
    async fill(rows) {
      await fillTable(access, rows, say)
      if (database.kind === 'throwaway') await holdInMemory(access)
    },
    async clean() {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }))
      for (const { Key } of Contents) await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }))
    },
    async close() {
      client.destroy()
      s3.child.kill()
      rmSync(directory, { recursive: true, force: true })
      await database.stop()
    },
  }
}

async function startS3(directory: string): Promise<{ endpoint: string; child: ChildProcess }> {
  const script = fileURLToPath(new URL('s3.ts', import.meta.url))
  const child = spawn(process.execPath, ['--initial-old-space-size=256', script, directory, BUCKET], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').once('data', resolve)
    child.once('close', (code) => reject(new Error(`The S3 endpoint ended with ${code}`)))
  })
  return { endpoint: (JSON.parse(line) as { endpoint: string }).endpoint, child }
}
