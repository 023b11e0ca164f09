/**
 * dynalite without its server: its actions are called directly on its store, so that an error in them becomes a
 * response (its server would throw it from a callback and end the process), and nothing listens besides the gateway.
 */
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { folderOfPackage } from '../installed.ts'

/** An error in DynamoDB's format: `body` has `__type` and the message. */
export interface DynamoError extends Error {
  statusCode: number
  body: { __type: string; message?: string }
}

export interface Dynalite {
  /** dynalite's operations by their wire names (`PutItem`). */
  operations: ReadonlySet<string>
  /** Validates and runs one operation. @throws DynamoError, and plain errors of the disk */
  run(operation: string, input: Record<string, unknown>): Promise<Record<string, unknown>>
  close(): Promise<void>
}

type Callback = (error: Error | null, data?: Record<string, unknown>) => void

interface Store {
  tableDb: { awsAccountId: string; awsRegion: string }
  db: {
    open(): Promise<void>
    close(callback: (error?: Error | null) => void): void
    /** A method of `abstract-level`. */
    values(range: object): { nextv(most: number): Promise<unknown[]>; close(): Promise<void> }
    createValueStream(range: object): Readable
    get(key: string, done: (error: unknown, value?: unknown) => void): void
    /** A method of `classic-level`. @returns undefined if there is no such key */
    getSync(key: string): unknown
  }
}

/** The parts of dynalite's modules that are used here. They have no types, so dynalite's version is pinned. */
interface Modules {
  db: { create(options: Record<string, unknown>): Store }
  validations: {
    checkTypes(data: object, types: object): object
    checkValidations(data: object, types: object, custom: unknown, store: Store): void
    toLowerFirst(operation: string): string
  }
}

const OPERATIONS = [
  ...['CreateTable', 'DeleteTable', 'DescribeTable', 'ListTables', 'UpdateTable'],
  ...['BatchGetItem', 'BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'UpdateItem', 'Query', 'Scan'],
  ...['TagResource', 'UntagResource', 'ListTagsOfResource'],
]

const BATCH = 1_000

/** Opens the tables in a directory. @throws Error if they cannot be read */
export async function openDynalite(options: {
  directory: string
  region: string
  accountId: string
}): Promise<Dynalite> {
  const { directory, region, accountId } = options
  const { db, validations } = (await load(['db', 'validations'])) as unknown as Modules
  const actions = await load(OPERATIONS.map((name) => `actions/${validations.toLowerFirst(name)}`))
  const checks = await load(OPERATIONS.map((name) => `validations/${validations.toLowerFirst(name)}`))
  // A table is usable as soon as the call has returned.
  const store = db.create({ path: directory, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
  store.tableDb.awsAccountId = accountId
  store.tableDb.awsRegion = region
  store.db.createValueStream = (range) => streamInBatches(store.db.values(range))
  store.db.get = (key, done) => getAtOnce(store.db, key, done)
  await store.db.open()
  return {
    operations: new Set(OPERATIONS),
    run(operation, input) {
      const name = validations.toLowerFirst(operation)
      const action = actions[`actions/${name}`] as unknown as (store: Store, data: object, done: Callback) => void
      const { types, custom } = checks[`validations/${name}`] as unknown as { types: object; custom: unknown }
      const data = validations.checkTypes(input, types)
      validations.checkValidations(data, types, custom, store)
      return new Promise((resolve, reject) =>
        action(store, data, (error, result) => (error ? reject(error) : resolve(result ?? {}))),
      )
    },
    close: () => new Promise((resolve, reject) => store.db.close((error) => (error ? reject(error) : resolve()))),
  }
}

/**
 * Replaces dynalite's own `get`, which passes each read to another thread; reading a small database takes less time
 * than that.
 */
function getAtOnce(db: Pick<Store['db'], 'getSync'>, ...[key, done]: Parameters<Store['db']['get']>) {
  try {
    process.nextTick(done, null, db.getSync(key))
  } catch (error) {
    process.nextTick(done, error)
  }
}

/** Replaces dynalite's own stream, which reads one value at a time from the disk and leaves the iterator open. */
function streamInBatches(values: ReturnType<Store['db']['values']>): Readable {
  return new Readable({
    objectMode: true,
    highWaterMark: BATCH,
    read() {
      values.nextv(BATCH).then(
        (batch) => {
          if (batch.length === 0) this.push(null)
          for (const value of batch) if (!this.destroyed) this.push(value)
        },
        (error: Error) => this.destroy(error),
      )
    },
    destroy(error, done) {
      values.close().then(
        () => done(error),
        () => done(error),
      )
    },
  })
}

/** Loads dynalite's modules by path. */
async function load(paths: string[]): Promise<Record<string, unknown>> {
  const folder = folderOfPackage('dynalite')
  const loaded = await Promise.all(
    paths.map(async (path) => {
      const file = ['db', 'validations'].includes(path) ? `${path}/index.js` : `${path}.js`
      return [path, (await import(pathToFileURL(join(folder, file)).href)).default] as const
    }),
  )
  return Object.fromEntries(loaded)
}
