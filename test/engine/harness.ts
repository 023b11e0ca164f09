/** The engine with a real database and a real S3 client: what an export's execution does, without the state machine. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { GetObjectCommand, ListMultipartUploadsCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3'
import { type Catalogue, defineCatalogue, type Export } from '../../engine/catalogue.ts'
import { exportChunk } from '../../engine/export-chunk.ts'
import { finish } from '../../engine/finish.ts'
import { planRanges } from '../../engine/plan-ranges.ts'
import { prepare } from '../../engine/prepare.ts'
import { type MysqlOptions, mysqlSource } from '../../engine/sources/mysql.ts'
import type { Source } from '../../engine/sources/source.ts'
import { crc32 } from '../../engine/stores/crc32.ts'
import { s3Store } from '../../engine/stores/s3.ts'
import type { Store } from '../../engine/stores/store.ts'
import { createS3, type S3 } from '../../local/src/s3/s3.ts'
import { Storage } from '../../local/src/s3/storage.ts'
import { openStore } from '../../local/src/store.ts'
import type { Finished, Manifest, Prepared, Range, Request } from '../../statemachine/contract.ts'
import type { FreshDatabase } from '../support/database.ts'

export interface TestStore extends Store {
  client: S3Client
  content(key: string): Promise<Buffer>
  keys(): Promise<string[]>
  openUploads(): Promise<number>
  /** Puts text objects past HTTP, which takes a hundredth of the time. */
  place(objects: readonly [key: string, bytes: Buffer][]): Promise<{ key: string; etag: string }[]>
  close(): void
}

const BUCKET = 'carryout-engine'

export async function startStore(): Promise<TestStore> {
  const directory = mkdtempSync(join(tmpdir(), 'carryout-engine-'))
  const database = openStore(directory)
  const s3: S3 = createS3({ store: database, directory: join(directory, 'objects'), region: 'us-east-1' })
  s3.createBucket(BUCKET)
  const server: Server = createServer((request, response) => void s3.handler(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  return {
    ...s3Store({ client, bucket: BUCKET }),
    client,
    async content(key) {
      const found = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }))
      return Buffer.from(await found.Body!.transformToByteArray())
    },
    async keys() {
      const keys: string[] = []
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: BUCKET })) {
        keys.push(...Contents.map((object) => object.Key!))
      }
      return keys.sort()
    },
    async openUploads() {
      const listed = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))
      return listed.Uploads?.length ?? 0
    },
    async place(objects) {
      const storage = new Storage(database, join(directory, 'objects'))
      const { blob } = await storage.blobs.write(Readable.from(objects.map(([, bytes]) => bytes)))
      let start = 0
      return objects.map(([key, bytes]) => {
        const segments = bytes.length > 0 ? [{ blob, start, length: bytes.length }] : []
        start += bytes.length
        const crc = Buffer.alloc(4)
        crc.writeUInt32BE(crc32(bytes))
        const { etag } = storage.putObject(
          {
            ...{ bucket: BUCKET, key, size: bytes.length, headers: { 'content-type': 'text/csv' }, tags: [] },
            etag: createHash('md5').update(bytes).digest('hex'),
            modified: Math.floor(Date.now() / 1000) * 1000,
            checksum: { algorithm: 'CRC32', value: crc.toString('base64'), type: 'FULL_OBJECT' },
            uploadId: undefined,
            partCount: undefined,
          },
          segments,
          () => undefined,
        )
        return { key, etag: `"${etag}"` }
      })
    },
    close() {
      client.destroy()
      server.close()
      server.closeAllConnections()
      s3.close()
      database.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

export function sourceOf(database: FreshDatabase, timeZone?: string, more: Partial<MysqlOptions> = {}): Source {
  const { host, port, exporter } = database
  return mysqlSource({
    host,
    port,
    user: exporter.username,
    password: exporter.password,
    database: database.database,
    tls: 'off',
    ...(timeZone ? { timeZone } : {}),
    ...more,
  })
}

let requests = 0

export function requestFor(definition: Export, request: Partial<Request> = {}): Request {
  return {
    id: `request-${++requests}`,
    export: definition.name,
    params: {},
    requestedBy: 'reader@example.com',
    ...request,
  }
}

export interface RunOptions {
  source: Source
  store: TestStore
  request?: Partial<Request>
  /** Milliseconds per chunk; 0 stops each chunk as soon as it may. No limit by default. */
  budget?: number
  /** Called before each chunk, e.g. to disturb it. */
  beforeChunk?: (range: Range) => Promise<void> | void
}

export interface Run {
  finished: Finished
  content: Buffer
  manifest: Manifest
  chunks: number
}

/** Runs an export from its request to its file. */
export async function run(definition: Export, options: RunOptions): Promise<Run> {
  const exported = await exportAll(definition, options)
  const finished = await finish(exported, { store: options.store })
  return {
    finished,
    content: await options.store.content(finished.file.key),
    manifest: JSON.parse((await options.store.content(finished.file.manifestKey)).toString()),
    chunks: exported.ranges.reduce((sum, range) => sum + range.chunks, 0),
  }
}

/** All chunks of an export, not yet composed. */
export async function exportAll(definition: Export, options: RunOptions): Promise<Prepared> {
  const { source, store, budget } = options
  const catalogue: Catalogue = defineCatalogue([definition])
  const signal = new AbortController().signal
  const request = requestFor(definition, options.request)
  const prepared = await planRanges(prepare(request, { catalogue, now: new Date() }), { catalogue, source, signal })
  const ranges: Range[] = []
  for (let range of prepared.ranges) {
    while (!range.done) {
      await options.beforeChunk?.(range)
      range = await exportChunk(
        { request: prepared.request, plan: prepared.plan, range },
        {
          catalogue,
          source,
          store,
          deadline: budget === undefined ? Number.POSITIVE_INFINITY : Date.now() + budget,
          signal,
        },
      )
    }
    ranges.push(range)
  }
  return { ...prepared, ranges }
}
