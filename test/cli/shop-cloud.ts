/** A cloud with the sample shop for a suite of commands; a test may look at what those before it left. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fillShop } from '../../laptop/shop/fill.ts'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { type Ended, run } from './command.ts'

export const ORDERS = 300
export const REQUEST = [
  'request',
  'orders',
  '--params',
  '{"from":"2026-01-01","to":"2027-01-01"}',
  '--requested-by',
  'hanako@example.com',
]

export let cloud: TestCloud
export let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'carryout-command-'))
  // The doctor looks at what the account may do.
  cloud = await startTestCloud({ ownAccount: true })
  await fillShop(cloud.schema!.connection, { orders: ORDERS })
}, 180_000)
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await cloud?.close()
})

export function environment(): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: cloud.endpointUrl,
    AWS_REGION: cloud.region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  }
}

export function carryout(...args: string[]): Promise<Ended> {
  return run(args, environment())
}

/** The list follows by a moment. */
export async function listed(options: string[], pattern: RegExp, command = carryout): Promise<void> {
  for (;;) {
    const { code, stdout } = await command('list', ...options)
    expect(code).toBe(0)
    if (pattern.test(stdout)) return
  }
}

export function json({ stdout }: Ended): unknown {
  return JSON.parse(stdout)
}

export async function sql(statement: string): Promise<void> {
  const connection = await cloud.schema!.connect()
  await connection.query(statement)
  await connection.end()
}
