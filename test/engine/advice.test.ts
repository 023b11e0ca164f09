/** The advice about an error works: each test causes the error, and then follows the advice. */
import { readFileSync } from 'node:fs'
import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { defineCatalogue, defineExport, type ExportDefinition, raw, sql, z } from '../../engine/catalogue.ts'
import { discard } from '../../engine/discard.ts'
import { exportChunk } from '../../engine/export-chunk.ts'
import { finish } from '../../engine/finish.ts'
import { prepare } from '../../engine/prepare.ts'
import { mysqlSource } from '../../engine/sources/mysql.ts'
import type { Source } from '../../engine/sources/source.ts'
import { s3Store } from '../../engine/stores/s3.ts'
import { ADVISED, adviceFor } from '../../statemachine/advice.ts'
import type { ErrorName } from '../../statemachine/errors.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { exportAll, requestFor, run, sourceOf, startStore, type TestStore } from './harness.ts'

let database: FreshDatabase
let store: TestStore
beforeAll(async () => {
  database = await freshDatabase()
  store = await startStore()
  await admin(
    'CREATE TABLE things (id INT PRIMARY KEY, kind INT NOT NULL, name VARCHAR(20) CHARACTER SET utf8mb4 NOT NULL)',
  )
  await admin("INSERT INTO things VALUES (1, 1, 'one'), (2, 1, 'two'), (3, 1, '😀')")
})
afterAll(async () => {
  store.close()
  await database.drop()
})

const THINGS: ExportDefinition = {
  name: 'things',
  title: 'Things',
  query: () => sql`SELECT id, kind, name FROM things`,
  key: 'id',
  columns: { id: 'Id', kind: 'Kind', name: 'Name' },
  encodings: ['utf-8', 'cp932'],
}
const things = (change: Partial<ExportDefinition> = {}) => defineExport({ ...THINGS, ...change })
/** All rows of some tables joined, in no order that it could be continued by. */
const keyless = (tables: string) => {
  const { key: _, ...definition } = THINGS
  return defineExport({ ...definition, query: () => sql`SELECT a.id, a.kind, a.name FROM ${raw(tables)}` })
}
const below = z.strictObject({ below: z.int() })
const query = (params: { below: number }) => sql`SELECT id, kind, name FROM things WHERE id < ${params.below}`
const options = (more = {}) => ({ source: sourceOf(database), store, ...more })

/** The request that failed, and the one that was edited or meets an export that was corrected and deployed. */
type Edited = [failing: () => Promise<unknown>, edited: () => Promise<unknown>]
const edited: Partial<Record<ErrorName, Edited>> = {
  InvalidRequest: [
    () => run(things({ params: below, query } as never), options({ request: { params: { bellow: 2 } } })),
    () => run(things({ params: below, query } as never), options({ request: { params: { below: 2 } } })),
  ],
  UnknownExport: [
    async () =>
      prepare(
        { ...requestFor(things()), export: 'thing' },
        { catalogue: defineCatalogue([things()]), now: new Date() },
      ),
    () => run(things(), options()),
  ],
  ExportTooLong: [
    () => run(keyless([...'abcdefghi'].map((name) => `things AS ${name}`).join()), options({ budget: 0 })),
    () => run(keyless('things AS a'), options({ budget: 0 })),
  ],
  KeyNotUnique: [
    () => run(things({ key: 'kind' }), options({ budget: 0 })),
    () => run(things(), options({ budget: 0 })),
  ],
  TooManyRows: [
    () => run(things({ params: below, query, maxRows: 2 } as never), options({ request: { params: { below: 9 } } })),
    () => run(things({ params: below, query, maxRows: 2 } as never), options({ request: { params: { below: 2 } } })),
  ],
  TransformFailed: [
    () =>
      run(
        things({
          row: () => {
            throw new Error('no')
          },
        }),
        options(),
      ),
    () => run(things({ row: (row) => row }), options()),
  ],
  UnmappableCharacter: [
    () => run(things(), options({ request: { encoding: 'cp932' } })),
    () => run(things(), options({ request: { encoding: 'utf-8' } })),
  ],
}

test.each(Object.entries(edited))(
  '%s: the request is corrected and sent again',
  async (error, [failing, corrected]) => {
    expect(adviceFor(error).remedy).toBe('edit')
    await expect(failing()).rejects.toMatchObject({ name: error })
    await expect(corrected()).resolves.toBeDefined()
  },
)

describe('a replay continues where it was, once its cause is gone', () => {
  test.each(['InvalidRequest', 'UnknownExport'])(
    '%s: with an export that was deployed in the meantime',
    async (error) => {
      const request = requestFor(things(), { params: error === 'InvalidRequest' ? { below: 2 } : {} })
      const first = error === 'InvalidRequest' ? things() : things({ name: 'others' })
      const deployed = error === 'InvalidRequest' ? things({ params: below, query } as never) : things()
      const prepareIn = (definition: ReturnType<typeof things>) =>
        prepare(request, { catalogue: defineCatalogue([definition]), now: new Date() })
      expect(() => prepareIn(first)).toThrow(expect.objectContaining({ name: error }))
      expect(prepareIn(deployed).request.id).toBe(request.id)
    },
  )

  test.each<[ErrorName, () => Promise<Source>, () => Promise<Source>]>([
    [
      'QueryFailed',
      async () => {
        await admin('RENAME TABLE things TO gone')
        return sourceOf(database)
      },
      async () => {
        await admin('RENAME TABLE gone TO things')
        return sourceOf(database)
      },
    ],
    [
      'DatabaseUnavailable',
      async () => mysqlSource({ host: '127.0.0.1', port: 1, user: 'x', password: 'x', database: 'x', tls: 'off' }),
      async () => sourceOf(database),
    ],
    [
      'DatabaseMisconfigured',
      // The test's server has a self-signed certificate, or none.
      async () => sourceOf(database, undefined, { tls: {} }),
      async () => sourceOf(database),
    ],
  ])('%s', async (error, broken, mended) => {
    expect(adviceFor(error).remedy).toBe('replay')
    const catalogue = defineCatalogue([things()])
    const { request, plan, ranges } = prepare(requestFor(things()), { catalogue, now: new Date() })
    const chunk = async (source: Source) => {
      const signal = new AbortController().signal
      const given = { request, plan, range: ranges[0]! }
      return exportChunk(given, { catalogue, source, store, deadline: Number.POSITIVE_INFINITY, signal })
    }
    await expect(broken().then(chunk)).rejects.toMatchObject({ name: error })
    expect(await mended().then(chunk)).toMatchObject({ done: true, rows: 3 })
  })
})

test('StorageUnavailable: the chunk is written once S3 is reachable', async () => {
  expect(adviceFor('StorageUnavailable').remedy).toBe('replay')
  const client = new S3Client({
    endpoint: 'http://127.0.0.1:1',
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  const away = { ...store, ...s3Store({ client, bucket: 'away' }) }
  const catalogue = defineCatalogue([things()])
  const { request, plan, ranges } = prepare(requestFor(things()), { catalogue, now: new Date() })
  const chunk = (into: TestStore) => {
    const given = { request, plan, range: ranges[0]! }
    const signal = new AbortController().signal
    const at = { catalogue, source: sourceOf(database), deadline: Number.POSITIVE_INFINITY, signal }
    return exportChunk(given, { ...at, store: into })
  }
  await expect(chunk(away)).rejects.toMatchObject({ name: 'StorageUnavailable' })
  expect(await chunk(store)).toMatchObject({ done: true, rows: 3 })
  client.destroy()
})

test('FileIncomplete: a replay is refused again, then exports again from Prepare and completes', async () => {
  expect(adviceFor('FileIncomplete').remedy).toBe('replay')
  const id = 'incomplete'
  const exported = await exportAll(things(), options({ budget: 0, request: { id } }))
  const lost = (await store.keys()).find((key) => key.includes(`/${id}/`))!
  await store.client.send(new DeleteObjectCommand({ Bucket: 'carryout-engine', Key: lost }))
  await expect(finish(exported, { store })).rejects.toMatchObject({ name: 'FileIncomplete' })
  await expect(finish(exported, { store })).rejects.toMatchObject({ name: 'FileIncomplete' })
  const { content } = await run(things(), options({ budget: 0, request: { id } }))
  expect(content.toString()).toContain('😀')
})

test('Stopped: what it had written is deleted, and a replay exports it from the beginning', async () => {
  expect(adviceFor('Stopped').remedy).toBe('replay')
  const id = 'stopped'
  const exported = await exportAll(things(), options({ budget: 0, request: { id } }))
  await discard(exported.request, store)
  expect((await store.keys()).filter((key) => key.includes(`/${id}/`))).toEqual([])
  // If its last chunk is missing, the range starts over.
  const [range] = exported.ranges
  const catalogue = defineCatalogue([things()])
  const signal = new AbortController().signal
  const at = { catalogue, source: sourceOf(database), store, deadline: Number.POSITIVE_INFINITY, signal }
  const again = await exportChunk({ ...exported, range: { ...range!, done: false } }, at)
  expect(again).toMatchObject({ done: true, rows: 3, chunks: 1 })
  expect((await finish({ ...exported, ranges: [again] }, { store })).file.rows).toBe(3)
})

/** Advice that tests of the whole state machine follow, by the name of the test. */
const elsewhere: Record<string, [file: string, test: string]> = {
  'States.DataLimitExceeded': [
    'test/statemachine/states.test.ts',
    'fails again when replayed with data that is still too large, and succeeds with shorter parameters',
  ],
  NotStarted: [
    'test/client/table-in-cloud.test.ts',
    'does not show a request in the dead-letter queue as waiting, and lets it start when it is sent again',
  ],
  Cancelled: [
    'test/client/table-in-cloud.test.ts',
    'while it waits ends without a query or a mail, says who cancelled it, and is requested again',
  ],
  Aborted: ['test/pipeline/stop.test.ts', 'deletes the chunks that were written; a redrive starts over'],
}

test('every error with advice of its own has a test that follows the advice', () => {
  const here = readFileSync(import.meta.filename, 'utf8')
  const followed = ADVISED.filter((error) => {
    const [file, name] = elsewhere[error] ?? []
    if (file) return readFileSync(file, 'utf8').includes(`test('${name}'`)
    return error in edited || here.includes(`test('${error}: `) || here.includes(`\n      '${error}',\n`)
  })
  expect(followed).toEqual(ADVISED)
})

async function admin(statement: string) {
  const connection = await database.connect()
  await connection.query(statement)
  await connection.end()
}
