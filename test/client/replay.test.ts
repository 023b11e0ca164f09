import type { SQSClient } from '@aws-sdk/client-sqs'
import { bulkReplay } from '../../client/bulk-replays.ts'
import { NoSuchExecution, NotReplayable, Paused } from '../../client/errors.ts'
import type { Execution } from '../../client/execution.ts'
import { replayExecution } from '../../client/replay.ts'
import { DownloadTable } from '../../client/table.ts'
import { OUTAGE_KEY } from '../../statemachine/outage.ts'
import { factUpdate } from '../../statemachine/table-update.ts'
import { openTables } from '../support/table.ts'

const startedAt = new Date('2026-11-30T06:00:00Z')
const REQUEST = { id: 'orders-1', export: 'orders', params: {}, requestedBy: 'hanako@example.com' }
const who = { by: 'ops', reason: 'repaired' }

let tables: Awaited<ReturnType<typeof openTables>>
beforeAll(async () => {
  tables = await openTables()
})
afterAll(() => tables?.close())

/** @param described what is known of the execution, each time that somebody asks */
function given(described: Partial<Execution>[], isRedriven = true, table?: DownloadTable) {
  const failed = { id: 'orders-1', status: 'FAILED', redriveCount: 2, redrivable: true, request: REQUEST, startedAt }
  const sent: unknown[] = []
  const redriven: unknown[] = []
  const replay = () =>
    replayExecution('orders-1', who, 'again', {
      executions: {
        get: async () => ({ ...failed, ...described.shift() }) as Execution,
        redrive: async (...args) => {
          redriven.push(args)
          return isRedriven
        },
      },
      table,
      queue: {
        client: {
          send: async ({ input }: { input: { Entries: { MessageBody: string }[] } }) => {
            sent.push(...input.Entries.map(({ MessageBody }) => JSON.parse(MessageBody)))
            return {}
          },
        } as unknown as SQSClient,
        url: 'queue',
      },
      request: async (request) => {
        sent.push(request)
        return { id: request.id!, request: REQUEST, messageId: 'm' }
      },
    })
  return { replay, sent, redriven }
}

test('an execution that AWS can redrive is redriven', async () => {
  const { replay, sent, redriven } = given([{}])
  expect(await replay()).toEqual({ id: 'orders-1', redriven: true, redriveCount: 3 })
  expect([redriven, sent]).toEqual([[['orders-1', 2]], []])
})

test('any other is requested again under the new id', async () => {
  const { replay, sent, redriven } = given([{ redrivable: false, status: 'SUCCEEDED' }])
  expect(await replay()).toEqual({ id: 'again', redriven: false, redriveCount: 0 })
  expect([redriven, sent]).toEqual([[], [{ ...REQUEST, id: 'again' }]])
})

test('one that can no longer be redriven is requested again', async () => {
  const { replay, sent } = given([{}, { redrivable: false }], false)
  expect(await replay()).toEqual({ id: 'again', redriven: false, redriveCount: 0 })
  expect(sent).toHaveLength(1)
})

test.each<Partial<Execution>>([{ redrivable: false, status: 'RUNNING' }, { redrivable: false, redriveCount: 3 }, {}])(
  'one that somebody else has just replayed, and is now %j, is left to them',
  async (now) => {
    const { replay, sent } = given([{}, now], false)
    const sentence = 'The execution “orders-1” has just been replayed by somebody else. Check its state again.'
    await expect(replay()).rejects.toThrow(new NotReplayable(sentence))
    expect(sent).toEqual([])
  },
)

test('one that runs, or whose message was not a request, is not replayed', async () => {
  const running = given([{ status: 'RUNNING' }])
  const sentence = 'The execution “orders-1” is still running, so there is nothing to replay.'
  await expect(running.replay()).rejects.toThrow(new NotReplayable(sentence))
  const text = given([{ redrivable: false, request: null }])
  await expect(text.replay()).rejects.toThrow('The message of “orders-1” was not a request')
  expect([running.redriven, text.sent]).toEqual([[], []])
})

test('nothing is replayed while downloads are paused', async () => {
  const table = await givenTable('paused')
  await table.setPause({ at: '2026-11-30T06:00:00Z', by: 'ops', reason: 'maintenance' })
  const { replay, sent, redriven } = given([{}], true, table)
  await expect(replay()).rejects.toThrow(Paused)
  expect([sent, redriven]).toEqual([[], []])
})

describe('while the database does not respond', () => {
  test('a redrive waits for its turn in the queue', async () => {
    const table = await givenOutage(await givenTable('outage'))
    const { replay, sent, redriven } = given([{}], true, table)
    expect(await replay()).toEqual({ id: 'orders-1', redriven: true, redriveCount: 3, waits: 'outage' })
    expect(redriven).toEqual([])
    expect(sent).toEqual([{ replay: 'orders-1', redriveCount: 2, bulk: expect.stringMatching(/^replay-\d{8}-/) }])
    expect(await table.line()).toMatchObject([{ export: 'orders' }])
    const [{ bulk }] = sent as [{ bulk: string }]
    expect(await bulkReplay(table, bulk)).toMatchObject({ by: 'ops', why: 'repaired', count: 1, skipped: 0 })
  })

  test('the queue does not know an export if the message was not a request', async () => {
    const table = await givenOutage(await givenTable('outage-text'))
    expect(await given([{ request: null }], true, table).replay()).toMatchObject({ waits: 'outage' })
    expect(await table.line()).toMatchObject([{ export: undefined }])
  })

  test('what cannot be redriven is requested again, which waits by itself', async () => {
    const table = await givenOutage(await givenTable('outage-again'))
    const { replay, sent } = given([{ redrivable: false }], true, table)
    expect(await replay()).toEqual({ id: 'again', redriven: false, redriveCount: 0 })
    expect(sent).toEqual([{ ...REQUEST, id: 'again' }])
  })
})

test('an execution that does not exist is not replayed', async () => {
  const { replay } = given([
    {
      get status(): never {
        throw new NoSuchExecution('orders-1')
      },
    },
  ])
  await expect(replay()).rejects.toThrow(NoSuchExecution)
})

async function givenTable(name: string): Promise<DownloadTable> {
  await tables.make(name)
  return new DownloadTable(name, tables.options)
}

async function givenOutage(table: DownloadTable): Promise<DownloadTable> {
  await table.update(factUpdate(OUTAGE_KEY, { since: '2026-11-30T05:00:00Z', id: 'a', reason: 'Refused.' }, null))
  return table
}
