/** A cloud with the sample shop and a browser, for a suite of the console; each test has a page of its own. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { createOperator, type OperatorClient } from '../../client/operator.ts'
import type { DownloadEntry } from '../../statemachine/table.ts'
import { openBrowser } from '../support/browser.ts'
import type { TestCloud } from '../support/cloud.ts'
import { givenRequest, order, startShop } from '../support/pipeline.ts'
import { putEntries } from '../support/table-entries.ts'

export let cloud: TestCloud
export let operator: OperatorClient
export let page: Page
export let context: BrowserContext
let browser: Browser

beforeAll(async () => {
  ;[cloud, browser] = await Promise.all([startShop(), openBrowser()])
  operator = createOperator({ stackName: 'Carryout' }, connection())
})
beforeEach(() => newPage())
afterEach(() => context.close())
afterAll(async () => {
  await browser?.close()
  await cloud?.close()
})

export const at = (path: string) => `${cloud.endpointUrl}/_carryout/${path}`
export const main = () => page.locator('main')
export const status = () => page.locator('main [role=status]').innerText()

function connection() {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  return { endpoint: cloud.endpointUrl, region: cloud.region, credentials }
}

/** In place of the one before. */
export async function newPage(options: BrowserContextOptions = {}): Promise<void> {
  await context?.close()
  context = await browser.newContext({ locale: 'en-GB', ...options })
  page = await context.newPage()
}

/** Clicks on what leads to another page, and waits until all of that is there. */
export async function follow(link: Locator) {
  await Promise.all([page.waitForEvent('domcontentloaded'), link.click()])
}

/** Failed downloads that the table knows of. */
export async function enter(failures: { id: string; error: string; reason: string }[]) {
  const dynamo = new DynamoDBClient(connection())
  const entries = failures.map((failure, index): DownloadEntry => {
    const time = new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString()
    return { ...failure, state: 'failed', at: time, requestedAt: time, redriveCount: 0 }
  })
  await putEntries(dynamo, String(cloud.outputs.CarryoutTableName), entries)
  dynamo.destroy()
}

/** Requests that fail with QueryFailed, since their table has another name meanwhile. */
export async function failWithoutTable(ids: readonly string[]) {
  await sql('RENAME TABLE customers TO gone')
  await Promise.all(ids.map((id) => order(cloud, givenRequest({ id }))))
  await sql('RENAME TABLE gone TO customers')
}

export async function sql(statement: string, meanwhile?: () => Promise<void>) {
  const connection = await cloud.schema!.connect()
  try {
    await connection.query(statement)
    await meanwhile?.()
  } finally {
    await connection.end()
  }
}
