/** Each case runs in a separate Node process, because the module reads its configuration when it is loaded. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'

const MODULE = join(import.meta.dirname, '../../../functions/common/database.ts')
const both = {
  CARRYOUT_DATABASE_NAME: 'shop',
  CARRYOUT_DATABASE_TIME_ZONE: '+00:00',
  CARRYOUT_DATABASE_SECRET_ARN: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop-AbC123',
}
const cluster = { ...both, CARRYOUT_DATABASE_CLUSTER_ARN: 'arn:aws:rds:eu-west-1:111122223333:cluster:shop' }
const server = {
  CARRYOUT_DATABASE_HOST: 'db.example.com',
  CARRYOUT_DATABASE_PORT: '3306',
  CARRYOUT_DATABASE_TLS: 'off',
}

/** @returns the module's error when it is loaded with this environment, or `ready` */
async function load(environment: Record<string, string>, script = "console.log('ready')"): Promise<string> {
  return (await run(environment, script)).stdout.trim()
}

function run(environment: Record<string, string>, script: string): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import(${JSON.stringify(MODULE)}).then(async (database) => { ${script} }).catch(({ message }) => console.log(message))`,
    ],
    { env: { AWS_REGION: 'eu-west-1', ...environment } },
  )
}

describe('the database of a function', () => {
  test('is a cluster, whose source is ready without a secret, a host or a port', async () => {
    expect(await load(cluster, 'console.log(typeof (await database.openSource()).keySpace)')).toBe('function')
  })

  test('has its own words in the log only if that was asked for, because they may quote a row', async () => {
    const answer = JSON.stringify({ __type: 'BadRequestException', message: 'No such customer: hanako' })
    const api = createServer((_, response) => void response.writeHead(400).end(answer)).listen(0, '127.0.0.1')
    await once(api, 'listening')
    const aws = {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    }
    const script = `
      const { default: sql } = await import('sql-template-tag')
      const source = await database.openSource()
      const query = { query: sql\`SELECT 1\`, key: null, after: null, upTo: null, timeZone: null }
      await source.open(query, new AbortController().signal)`
    const logs = await Promise.all(
      [aws, { ...aws, CARRYOUT_DATABASE_ERRORS: 'whole' }].map((asked) => run({ ...cluster, ...asked }, script)),
    )
    api.close()
    expect(logs.map(({ stderr }) => stderr.match(/^Database error: .*hanako$/m)?.length ?? 0)).toEqual([0, 1])
  })

  test('must not be two', async () => {
    expect(await load({ ...cluster, ...server })).toBe(
      "The function's environment is not valid: it must have one of CARRYOUT_DATABASE_CLUSTER_ARN and CARRYOUT_DATABASE_HOST, but has both. Deploy the stack again.",
    )
  })

  test('must not be missing', async () => {
    expect(await load(both)).toMatch(/but has neither\. Deploy the stack again\.$/)
  })

  test('has a port from 1 to 65535', async () => {
    const ports = ['0', '1', '65535', '65536']
    const loaded = await Promise.all(ports.map((port) => load({ ...both, ...server, CARRYOUT_DATABASE_PORT: port })))
    expect(loaded.map((answer) => answer === 'ready')).toEqual([false, true, true, false])
  })

  test('must be complete', async () => {
    const { CARRYOUT_DATABASE_PORT, ...rest } = server
    expect(await load({ ...both, ...rest })).toMatch(
      /^The function's environment is not valid: CARRYOUT_DATABASE_PORT is missing/,
    )
  })
})
