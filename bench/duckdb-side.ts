/** DuckDB's Parquet writer. It reads a CSV file that Carryout exported before the measurement. */
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import type { Bench } from './bench.ts'
import { carryout } from './carryout-side.ts'
import { on } from './processors.ts'
import { runSide } from './program.ts'
import type { Side } from './side.ts'
import { s3Client, type Task } from './task.ts'

const SCRIPT = fileURLToPath(new URL('peers/duckdb.ts', import.meta.url))

/** CSV files that were already exported, by directory and number of rows. */
const files = new Map<string, Promise<string>>()

export const duckdb: Side = {
  name: 'duckdb',
  what: 'DuckDB, one thread: a CSV file → Parquet file',
  peerOf: 'carryoutParquet',
  isSized: true,
  obstacle: async () => null,
  async run(task, bench) {
    const file = join(task.directory, `rows-${task.rows}.csv`)
    const made = files.get(file) ?? exportTo(file, bench.task(task.rows, 'duckdb', 'plain'), bench)
    files.set(file, made)
    const command = on(bench.processors?.exporter ?? null, [process.execPath, SCRIPT])
    return runSide(command, { ...task, csv: await made } as Task)
  },
}

async function exportTo(file: string, task: Task, bench: Bench): Promise<string> {
  await carryout('duckdb', '').run(task, bench)
  const client = s3Client(task)
  try {
    const { Contents = [] } = await client.send(
      new ListObjectsV2Command({ Bucket: task.bucket, Prefix: 'files/duckdb/' }),
    )
    const { Key } = Contents.find((object) => object.Key?.endsWith('.csv'))!
    const { Body } = await client.send(new GetObjectCommand({ Bucket: task.bucket, Key }))
    await pipeline(Body as Readable, createWriteStream(file))
    return file
  } finally {
    client.destroy()
  }
}
