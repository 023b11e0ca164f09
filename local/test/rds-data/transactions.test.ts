import { setTimeout as sleep } from 'node:timers/promises'
import {
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  RollbackTransactionCommand,
} from '@aws-sdk/client-rds-data'
import type { Connection } from 'mysql2/promise'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { serverSessions } from '../../../test/support/server-sessions.ts'
import { RdsDataError } from '../../src/rds-data/errors.ts'
import type { RdsDataOptions } from '../../src/rds-data/rds-data.ts'
import { startDataApi, TARGET, type TestDataApi } from './support.ts'

let database: FreshDatabase
let connection: Connection
let api: TestDataApi
beforeAll(async () => {
  database = await freshDatabase()
  connection = await database.connect()
  await connection.query('CREATE TABLE notes (id INT PRIMARY KEY, note LONGTEXT)')
  await connection.query("INSERT INTO notes VALUES (1, 'one'), (2, 'two')")
})
afterEach(() => api.close())
afterAll(async () => {
  await connection.end()
  await database.drop()
})

async function givenApi(options: Partial<RdsDataOptions> = {}): Promise<TestDataApi> {
  api = await startDataApi(database, options)
  return api
}
async function begin(): Promise<string> {
  const command = new BeginTransactionCommand({ ...TARGET, database: database.database })
  return (await api.client.send(command)).transactionId!
}
const commit = (transactionId: string) => api.client.send(new CommitTransactionCommand({ ...TARGET, transactionId }))
const rollback = (transactionId: string) =>
  api.client.send(new RollbackTransactionCommand({ ...TARGET, transactionId }))
const count = async (transactionId?: string) => {
  const { records } = await api.execute('SELECT COUNT(*) FROM notes', { transactionId })
  return records![0]![0]!.longValue
}
async function running(piece: string): Promise<number> {
  return (await serverSessions(connection)).filter(({ statement }) => statement?.includes(piece)).length
}

describe('a transaction', () => {
  test('keeps its session, its snapshot and its writes to itself, whichever client uses it', async () => {
    await givenApi({ secret: () => JSON.stringify(database.admin) })
    const transactionId = await begin()
    await api.execute("SET time_zone = '+09:00', @mine = 7", { transactionId })
    expect(await count(transactionId)).toBe(2)
    await connection.query("INSERT INTO notes VALUES (3, 'meanwhile')")
    const other = api.newClient()
    const command = { ...TARGET, database: database.database, transactionId }
    const { records } = await other.send(
      new ExecuteStatementCommand({ ...command, sql: 'SELECT @mine, @@time_zone, (SELECT COUNT(*) FROM notes)' }),
    )
    other.destroy()
    expect(records).toEqual([[{ longValue: 7 }, { stringValue: '+09:00' }, { longValue: 2 }]])
    await api.execute("INSERT INTO notes VALUES (4, 'mine')", { transactionId })
    expect(await count()).toBe(3)
    expect(await commit(transactionId)).toMatchObject({ transactionStatus: 'Transaction Committed' })
    expect(await count()).toBe(4)
    await connection.query('DELETE FROM notes WHERE id > 2')
  })

  test('is rolled back on demand', async () => {
    await givenApi({ secret: () => JSON.stringify(database.admin) })
    const transactionId = await begin()
    await api.execute('DELETE FROM notes', { transactionId })
    expect(await rollback(transactionId)).toMatchObject({ transactionStatus: 'Rollback Complete' })
    expect(await count()).toBe(2)
    await expect(commit(transactionId)).rejects.toMatchObject({
      name: 'TransactionNotFoundException',
      $metadata: { httpStatusCode: 404 },
    })
  })

  test('expires after its idle time with a clear error', async () => {
    await givenApi({ limits: { transactionIdleMillis: 1_000 } })
    const transactionId = await begin()
    await sleep(600)
    await count(transactionId)
    await sleep(600)
    await count(transactionId)
    await sleep(1_500)
    await expect(count(transactionId)).rejects.toMatchObject({
      name: 'TransactionNotFoundException',
      message: `Transaction ${transactionId} is not found. Transaction may be expired.`,
    })
    expect(api.transactions).toBe(0)
  })

  test('expires at the end of its life, even while in use', async () => {
    await givenApi({ limits: { transactionMillis: 200 } })
    const transactionId = await begin()
    await count(transactionId)
    await sleep(300)
    await expect(count(transactionId)).rejects.toMatchObject({ name: 'TransactionNotFoundException' })
  })

  test('runs one statement at a time', async () => {
    await givenApi()
    const transactionId = await begin()
    const slow = api.execute('SELECT SLEEP(0.4)', { transactionId })
    await sleep(150)
    await expect(count(transactionId)).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message: 'Transaction is still running a query.',
    })
    await slow
    expect(await count(transactionId)).toBe(2)
  })

  test('survives an error of SQL', async () => {
    await givenApi()
    const transactionId = await begin()
    await expect(api.execute('SELECT nothing FROM notes', { transactionId })).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message: expect.stringMatching(/Unknown column 'nothing'.*; Error code: 1054; SQLState: 42S22$/),
    })
    expect(await count(transactionId)).toBe(2)
  })
})

describe('the limits', () => {
  test.each([
    ['1 MiB of a result', "SELECT REPEAT('x', 60000) FROM seq", 'allowed response size limit'],
    ['64 KB of a row', "SELECT REPEAT('x', 65537)", 'Packet for query is too large'],
  ])('refuse more than %s and end the transaction', async (_, sql, message) => {
    await givenApi()
    const transactionId = await begin()
    const many = sql.replace(
      'seq',
      '(WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 20) SELECT * FROM n) AS seq',
    )
    await expect(api.execute(many, { transactionId })).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message: expect.stringContaining(message),
    })
    await expect(count(transactionId)).rejects.toThrow('aborted due to an error from a previous call')
  })

  test('keep the transaction as older versions of AWS did, if configured', async () => {
    await givenApi({ limitEndsTransaction: false })
    const transactionId = await begin()
    await expect(api.execute("SELECT REPEAT('x', 65537)", { transactionId })).rejects.toThrow('too large')
    expect(await count(transactionId)).toBe(2)
  })

  test('end a statement that takes too long', async () => {
    await givenApi({ limits: { statementMillis: 200 } })
    await expect(api.execute('SELECT SLEEP(20)')).rejects.toMatchObject({
      name: 'StatementTimeoutException',
      dbConnectionId: expect.any(Number),
    })
    expect(await running('SELECT SLEEP(20)')).toBe(0)
  })

  test('let a slow statement continue if requested', async () => {
    await givenApi({ limits: { statementMillis: 100 } })
    await expect(api.execute('SELECT SLEEP(0.5)', { continueAfterTimeout: true })).rejects.toMatchObject({
      name: 'StatementTimeoutException',
    })
    expect(await running('SELECT SLEEP(0.5)')).toBe(1)
  })
})

describe('the Data API refuses', () => {
  const call = (target: Partial<typeof TARGET> & { schema?: string }) =>
    api.client.send(new ExecuteStatementCommand({ ...TARGET, ...target, database: database.database, sql: 'SELECT 1' }))

  test('an unknown cluster', async () => {
    await givenApi()
    await expect(call({ resourceArn: 'arn:aws:rds:us-east-1:000000000000:cluster:other' })).rejects.toMatchObject({
      name: 'HttpEndpointNotEnabledException',
      message: expect.stringContaining('cluster:shop'),
    })
  })

  test('an unknown secret, and one without an account', async () => {
    await givenApi()
    const secretArn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:other'
    await expect(call({ secretArn })).rejects.toMatchObject({ name: 'SecretsErrorException' })
    await api.close()
    await givenApi({ secret: () => '{"password":"only"}' })
    await expect(call({})).rejects.toMatchObject({ name: 'InvalidSecretException' })
  })

  test('an account that the database refuses, without its password', async () => {
    await givenApi({ secret: () => JSON.stringify({ username: 'nobody', password: 'hush' }) })
    const refused = await call({}).catch((error) => error)
    expect(refused).toMatchObject({ name: 'DatabaseErrorException', message: expect.stringContaining('1045') })
    expect(refused.message).not.toContain('hush')
  })

  test('an unknown schema, an unknown path, and a body that is not JSON', async () => {
    await givenApi()
    await expect(call({ schema: 'other' })).rejects.toThrow('use the database parameter')
    const { hostname, port } = await api.client.config.endpoint!()
    const post = (path: string, body: string) => fetch(`http://${hostname}:${port}${path}`, { method: 'POST', body })
    expect((await post('/ExecuteSql', '{}')).status).toBe(404)
    expect((await post('/Execute', '{')).status).toBe(400)
    expect((await post('/Execute', '{"sql":"SELECT 1"}')).headers.get('x-amzn-errortype')).toBe('BadRequestException')
  })

  test('a call for which a test injected an error', async () => {
    await givenApi()
    api.faults.push(new RdsDataError('DatabaseResumingException', 'It is resuming after being auto-paused.'))
    await expect(call({})).rejects.toMatchObject({ name: 'DatabaseResumingException' })
    await call({})
  })
})
