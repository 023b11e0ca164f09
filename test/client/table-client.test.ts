/** The client's calls on the table: what they answer, and what they write. */
import { NoTable } from '../../client/errors.ts'
import { TableClient } from '../../client/table-client.ts'
import { InvalidRequest } from '../../statemachine/errors.ts'
import { requesterDigest } from '../../statemachine/requester.ts'
import { type DownloadEntry, revokedDownloadKey, revokedRequesterKey } from '../../statemachine/table.ts'
import { doneUpdate, entryUpdate, factUpdate } from '../../statemachine/table-update.ts'
import { enterRequest, waitingRequest } from '../../statemachine/waiting.ts'
import { answering, Refusal } from '../support/answering.ts'
import { openTables } from '../support/table.ts'

const AT = '2026-11-30T06:00:00.000Z'
const READY: DownloadEntry = {
  ...{ id: 'ready', state: 'ready', at: AT, requestedAt: AT, redriveCount: 0, export: 'orders', rows: 7, bytes: 70 },
  ...{ startedAt: AT, endedAt: '2026-11-30T06:01:00.000Z' },
}
const PARTS = {
  queueUrl: 'https://sqs.us-east-1.amazonaws.com/000000000000/Requests.fifo',
  stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:Download',
  bucket: 'files',
}

let tables: Awaited<ReturnType<typeof openTables>>
let count = 0
beforeAll(async () => {
  tables = await openTables()
})
afterAll(() => tables?.close())

/** @param mappings the states of the queue’s event source mappings; null if they may not be listed */
async function givenClient(mappings: string[] | null = []) {
  const tableName = `client-${count++}`
  const { table } = await tables.make(tableName)
  const changes: unknown[] = []
  const { options } = answering(({ operation, fields }) => {
    if (mappings === null) throw new Refusal('AccessDeniedException', 'No.', 'json', 403)
    if (operation.startsWith('PUT')) changes.push(JSON.parse(fields))
    return { EventSourceMappings: mappings.map((State, index) => ({ UUID: `uuid-${index}`, State })) }
  }, tables.options.requestHandler)
  return { client: new TableClient({ ...PARTS, tableName }, options), table, changes }
}

const WITHOUT = new TableClient(PARTS, {})

test('lists, places, forecasts and typical runs are those of the table', async () => {
  const { client, table } = await givenClient()
  await table.update(entryUpdate(READY))
  const body = JSON.stringify({ id: 'waits', export: 'orders', requestedBy: 'hanako@example.com' })
  await enterRequest(table, waitingRequest('waits', body, AT))
  const { downloads, cursor } = await client.downloads({ state: 'ready' })
  expect([downloads.map(({ id }) => id), cursor]).toEqual([['ready'], null])
  await expect(client.downloads({ limit: 0 })).rejects.toThrow(InvalidRequest)
  expect([await client.position('waits'), await client.position('ready')]).toEqual([0, null])
  expect(await client.forecast('waits')).toMatchObject({ position: 0, readyAt: expect.any(String) })
  expect(await client.forecast('ready')).toBeNull()
  expect(await client.typical('orders')).toMatchObject({ runs: 1, seconds: 60 })
  expect(await client.typical('customers')).toBeNull()
})

test('the notices of a download are listed by name', async () => {
  const { client, table } = await givenClient()
  await table.update(doneUpdate('ready', 'ready', 'mail', Date.parse(AT), { messageId: 'm-1' }))
  expect(await client.notices('ready')).toMatchObject({ ready: { mailDone: AT } })
})

describe('a pause', () => {
  const who = { by: 'ops', reason: 'maintenance' }

  test('is known until it ends, and stops and starts delivery', async () => {
    const { client, changes } = await givenClient(['Enabled'])
    expect(await client.paused()).toBeNull()
    const { pause, deliveryStopped } = await client.pause(who)
    expect([pause, deliveryStopped]).toEqual([{ ...who, at: expect.any(String) }, true])
    expect(await client.paused()).toMatchObject(pause)
    expect(changes).toEqual([{ Enabled: false }])
    // The mapping still says that it is enabled, as it does for some seconds.
    expect(await client.resume()).toEqual({ deliveryStarted: true })
    expect(await client.paused()).toBeNull()
  })

  test('starts a delivery that is stopped', async () => {
    const { client, changes } = await givenClient(['Disabled'])
    expect(await client.resume()).toEqual({ deliveryStarted: true })
    expect(changes).toEqual([{ Enabled: true }])
  })

  test.each<[string, string[] | null]>([
    ['the queue delivers to no function', []],
    ['the caller may not stop delivery', null],
  ])('is effective although %s', async (_why, mappings) => {
    const { client } = await givenClient(mappings)
    expect(await client.pause(who)).toMatchObject({ deliveryStopped: false })
    expect(await client.paused()).toMatchObject(who)
    expect(await client.resume()).toEqual({ deliveryStarted: false })
  })
})

test('an outage is known while it lasts', async () => {
  const { client, table } = await givenClient()
  expect(await client.outage()).toBeNull()
  await table.update(factUpdate({ pk: 'fact', sk: 'outage' }, { since: AT, id: 'orders-1', reason: 'No.' }, null))
  expect(await client.outage()).toMatchObject({ since: AT })
})

test('the links of one download or of one requester are revoked', async () => {
  const { client, table } = await givenClient()
  const [ofOne, ofAll] = [revokedDownloadKey('orders-1'), revokedRequesterKey(requesterDigest('hanako@example.com'))]
  await client.revokeLinks({ id: 'orders-1' })
  expect([await table.get(ofOne), await table.get(ofAll)]).toEqual([expect.any(Object), undefined])
  await client.revokeLinks({ requestedBy: 'hanako@example.com' })
  expect(await table.get(ofAll)).toMatchObject({ at: expect.any(String) })
})

test('without a table every call says what is missing', async () => {
  for (const call of [
    () => WITHOUT.downloads(),
    () => WITHOUT.position('orders-1'),
    () => WITHOUT.paused(),
    () => WITHOUT.pause({ by: 'ops', reason: '' }),
    () => WITHOUT.resume(),
    () => WITHOUT.revokeLinks({ id: 'orders-1' }),
    () => WITHOUT.requireTable(),
  ])
    await expect(call()).rejects.toThrow(NoTable)
})

test('the table and the parts are found once', async () => {
  const { client } = await givenClient()
  expect(await client.requireTable()).toBe(await client.requireTable())
  expect(await client.parts()).toBe(await client.parts())
})
