/** The local Data API over a test's schema, behind a server of its own, with the real SDK as its client. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  type ExecuteStatementCommandOutput,
  RDSDataClient,
} from '@aws-sdk/client-rds-data'
import type { FreshDatabase } from '../../../test/support/database.ts'
import type { RdsDataError } from '../../src/rds-data/errors.ts'
import { createRdsData, type RdsData, type RdsDataCall, type RdsDataOptions } from '../../src/rds-data/rds-data.ts'

export const RESOURCE_ARN = 'arn:aws:rds:us-east-1:000000000000:cluster:shop'
export const SECRET_ARN = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:shop-AbCdEf'
export const TARGET = { resourceArn: RESOURCE_ARN, secretArn: SECRET_ARN }

export interface TestDataApi extends RdsData {
  client: RDSDataClient
  /** Another one. */
  newClient(): RDSDataClient
  database: string
  /** What was called, in order. */
  calls: RdsDataCall[]
  /** What the next calls are answered with; `undefined` lets one through. */
  faults: (RdsDataError | undefined)[]
  /** Called before each call. */
  before: ((call: RdsDataCall) => Promise<void> | void) | undefined
  execute(sql: string, input?: Partial<ExecuteStatementCommandInput>): Promise<ExecuteStatementCommandOutput>
  close(): Promise<void>
}

export async function startDataApi(
  database: FreshDatabase,
  options: Partial<RdsDataOptions> = {},
): Promise<TestDataApi> {
  const rdsData = createRdsData({
    secret: (arn) => (arn === SECRET_ARN ? JSON.stringify(database.exporter) : undefined),
    ...options,
    async intercept(call) {
      api.calls.push(call)
      await api.before?.(call)
      const fault = api.faults.shift()
      if (fault) throw fault
    },
  })
  rdsData.bind(RESOURCE_ARN, { host: database.host, port: database.port })
  // Without an end: a connection that ends while it is idle fails the next call, and on a busy machine that may come after minutes.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => void rdsData.handler(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const newClient = () =>
    new RDSDataClient({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    })
  const client = newClient()
  const api: TestDataApi = {
    ...rdsData,
    get transactions() {
      return rdsData.transactions
    },
    client,
    newClient,
    database: database.database,
    calls: [],
    faults: [],
    before: undefined,
    execute: (sql, input = {}) =>
      client.send(new ExecuteStatementCommand({ ...TARGET, database: database.database, sql, ...input })),
    async close() {
      client.destroy()
      await rdsData.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return api
}
