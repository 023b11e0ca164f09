/** The answer to `carryout doctor`, and whether the database responds. */
import { jest } from '@jest/globals'
import { env } from '../../../functions/common/environment.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { type FakeAws, startFakeAws } from '../../support/fake-aws.ts'

const EXECUTION = 'arn:aws:states:us-east-1:000000000000:execution:download:doctor'
const SECRET = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:database'
const REACHED = { ok: true, millis: expect.any(Number) }

let aws: FakeAws
let database: FreshDatabase
let checkup: typeof import('../../../functions/common/checkup.ts')
beforeAll(async () => {
  aws = await startFakeAws()
  database = await freshDatabase()
  Object.assign(process.env, {
    [env.DATABASE_HOST]: database.host,
    [env.DATABASE_PORT]: String(database.port),
    [env.DATABASE_TLS]: 'off',
    [env.DATABASE_NAME]: database.database,
    [env.DATABASE_TIME_ZONE]: '+00:00',
    [env.DATABASE_SECRET_ARN]: SECRET,
  })
  checkup = await import('../../../functions/common/checkup.ts')
})
afterAll(async () => {
  aws.close()
  await database.drop()
})
beforeEach(() => {
  process.env[env.DATABASE_SECRET_ARN] = SECRET
  aws.head = () => ({ status: 404, headers: {} })
  aws.answers = {
    DescribeExecution: () => ({ __type: 'ExecutionDoesNotExist', message: 'Execution Does Not Exist' }),
    GetSecretValue: () => ({ SecretString: JSON.stringify(database.exporter) }),
  }
})

test('everything that an export needs is reached, though neither the object nor the execution exists', async () => {
  const answer = await ask()
  expect(answer).toMatchObject({
    ...{ storage: REACHED, stepFunctions: REACHED, secret: REACHED, exports: 3 },
    database: { ...REACHED, facts: { account: `${database.exporter.username}@127.0.0.1`, schema: database.database } },
  })
  const { storage, stepFunctions, secret, database: asked } = answer
  for (const each of [storage, stepFunctions, secret!, asked]) expect(each.millis).toBeLessThan(120_000)
  expect(await checkup.probe()).toEqual(REACHED)
})

test('everything is reached where the object and the execution exist', async () => {
  aws.head = () => ({ status: 200, headers: {} })
  aws.answers.DescribeExecution = () => ({ executionArn: EXECUTION, status: 'RUNNING', startDate: 1 })
  expect(await ask()).toMatchObject({ storage: REACHED, stepFunctions: REACHED })
})

test('an account without a secret needs none', async () => {
  delete process.env[env.DATABASE_SECRET_ARN]
  expect(await ask()).toMatchObject({ secret: null, database: { ok: true } })
})

test('whatever is refused is named, with its reason', async () => {
  const denied = () => ({ __type: 'AccessDeniedException', message: 'Not allowed.' })
  aws.head = () => ({ status: 403, headers: {} })
  Object.assign(aws.answers, { DescribeExecution: denied, GetSecretValue: denied })
  process.env[env.DATABASE_SECRET_ARN] = `${SECRET}-denied`
  const { storage, stepFunctions, secret } = await ask()
  expect(storage).toMatchObject({ ok: false, error: expect.any(String) })
  expect(stepFunctions).toMatchObject({ ok: false, error: 'AccessDeniedException', message: 'Not allowed.' })
  expect(secret).toMatchObject({ ok: false, error: 'DatabaseUnavailable' })
  for (const each of [storage, stepFunctions, secret!]) expect(each.millis).toBeLessThan(120_000)
})

test('a database that refuses connections is not reached', async () => {
  jest.resetModules()
  process.env[env.DATABASE_PORT] = '1'
  const other = await import('../../../functions/common/checkup.ts')
  const notReached = { ok: false, error: 'DatabaseUnavailable', message: expect.stringContaining('ECONNREFUSED') }
  expect(await other.probe()).toMatchObject(notReached)
  const { database: asked } = await other.checkUp({ checkup: { execution: EXECUTION } }, 'files', 3)
  expect(asked).toMatchObject(notReached)
  expect(asked.millis).toBeLessThan(120_000)
})

function ask() {
  return checkup.checkUp({ checkup: { execution: EXECUTION } }, 'files', 3)
}
