/** Lists of the table of requests, on a table of DynamoDB in this process. */
import { type Carryout, createCarryout } from '../../client/carryout.ts'
import { DownloadTable } from '../../client/table.ts'
import type { DownloadsQuery } from '../../client/table-list.ts'
import type { DownloadEntry } from '../../statemachine/table.ts'
import { entryUpdate } from '../../statemachine/table-update.ts'
import { openTables } from '../support/table.ts'

const tableName = 'requests'
const AT = '2026-11-30T06:00:00.000Z'
let tables: Awaited<ReturnType<typeof openTables>>
let carryout: Carryout
let table: DownloadTable
beforeAll(async () => {
  tables = await openTables()
  await tables.make(tableName)
  const parts = { queueUrl: 'none', stateMachineArn: 'none', bucket: 'none', tableName }
  carryout = createCarryout(parts, tables.options)
  table = new DownloadTable(tableName, tables.options)
})
afterAll(() => tables?.close())

describe('the index', () => {
  test('keeps the newer of two reports, in whatever order they come', async () => {
    const at = (second: number) => new Date(1_800_000_000_000 + second * 1000).toISOString()
    const base = { id: 'out-of-order', requestedAt: at(0), export: 'orders' }
    const running = { ...base, state: 'running', at: at(1), redriveCount: 0 } as const
    const failed = {
      ...base,
      state: 'failed',
      at: at(2),
      redriveCount: 0,
      error: 'QueryFailed',
      reason: 'No.',
    } as const
    const again = { ...base, state: 'running', at: at(3), redriveCount: 1 } as const
    for (const [entry, isWritten] of [
      [failed, true],
      [running, false],
      [again, true],
      [failed, false],
      [again, false],
    ] as const) {
      expect(await table.update(entryUpdate(entry))).toBe(isWritten)
    }
    const entry = await table.entry('out-of-order')
    expect(entry).toMatchObject({ state: 'running', redriveCount: 1 })
    expect(entry).not.toHaveProperty('error')
  })

  test('returns every entry once over pages of any size, newest first, including those with equal times', async () => {
    const made = Array.from({ length: 23 }, (_, index): DownloadEntry => {
      const at = new Date(1_900_000_000_000 + Math.floor(index / 4) * 1000).toISOString()
      const state = (['ready', 'failed', 'cancelled'] as const)[index % 3]!
      return { id: `page-${index}`, state, at, requestedAt: at, requester: 'pages@example.com', redriveCount: 0 }
    })
    await Promise.all(made.map((entry) => table.update(entryUpdate(entry))))
    const expected = made
      .toSorted((one, other) => (one.at === other.at ? (one.id < other.id ? 1 : -1) : one.at < other.at ? 1 : -1))
      .map(({ id }) => id)
    for (const limit of [1, 4, 7, 23, 50]) {
      for (const query of [{ since: new Date(1_900_000_000_000) }, { requestedBy: 'pages@example.com' }]) {
        const seen: string[] = []
        let cursor: string | undefined
        do {
          const page = await carryout.downloads({ ...query, limit, cursor })
          expect(page.downloads.length).toBeLessThanOrEqual(limit)
          seen.push(...page.downloads.map(({ id }) => id))
          cursor = page.cursor ?? undefined
        } while (cursor)
        expect(seen).toEqual(expected)
      }
    }
    const until = new Date(1_900_000_000_000 + 1000)
    const { downloads } = await carryout.downloads({ since: new Date(1_900_000_000_000), until, state: 'ready' })
    expect(downloads.map(({ id }) => id)).toEqual(['page-3', 'page-0'])
  })

  test('has 20 entries in a page unless another number is asked for, and 1,000 at most', async () => {
    const own = await givenEntries('sizes', 21)
    const first = await own.list()
    expect([first.downloads.length, typeof first.cursor]).toEqual([20, 'string'])
    expect(await own.list({ limit: 1_000 })).toMatchObject({ downloads: { length: 21 }, cursor: null })
  })

  test('reads about as many items as are wanted, and the rest of a filtered list in as few calls as possible', async () => {
    const limits: number[] = []
    const own = await givenEntries('calls', 60, limits)
    await own.list({ requestedBy: 'many@example.com', limit: 10 })
    expect(limits).toEqual([expect.any(Number)])
    expect(limits[0]).toBeLessThan(20)
    limits.length = 0
    expect((await own.list({ requestedBy: 'many@example.com', state: 'failed', limit: 10 })).downloads).toEqual([])
    expect(limits).toEqual([40, 1_000])
  })

  test('reads of a later page only what comes after the earlier ones, and of a period what lies in it', async () => {
    const limits: number[] = []
    const own = await givenEntries('later', 60, limits)
    const query = { requestedBy: 'many@example.com', limit: 10 }
    let cursor: string | undefined
    for (let page = 0; page < 5; page++) cursor = (await own.list({ ...query, cursor })).cursor!
    limits.length = 0
    expect(await own.list({ ...query, cursor })).toMatchObject({ downloads: { length: 10 }, cursor: null })
    expect(limits.length).toBeLessThanOrEqual(2)
    const idsUntil = async (millis: number) =>
      (await own.list({ ...query, until: new Date(1_700_000_000_000 + millis) })).downloads.map(({ id }) => id)
    expect([await idsUntil(1_000), await idsUntil(1_001)]).toEqual([['d-0'], ['d-1', 'd-0']])
  })

  test('ends a page between two entries of which the last is the only one left', async () => {
    const own = await givenEntries('last', 3)
    const { downloads, cursor } = await own.list({ state: 'ready', limit: 3 })
    expect([downloads.length, cursor]).toEqual([3, null])
  })

  test('selects failures by requester and error, and nothing if the times are the wrong way round', async () => {
    const own = await givenEntries('selected', 2)
    const failed = { state: 'failed', requester: 'many@example.com', redriveCount: 0, requestedAt: AT, at: AT } as const
    await own.update(entryUpdate({ ...failed, id: 'a', error: 'QueryFailed' }))
    await own.update(entryUpdate({ ...failed, id: 'b', error: 'TooManyRows' }))
    const idsOf = async (query: DownloadsQuery) => (await own.list(query)).downloads.map(({ id }) => id)
    expect(await idsOf({ error: 'QueryFailed', state: 'failed' })).toEqual(['a'])
    expect(await idsOf({ error: 'TooManyRows', requestedBy: 'MANY@example.com' })).toEqual(['b'])
    expect(await idsOf({ since: new Date(2_000_000_000_000), until: new Date(1_000_000_000_000) })).toEqual([])
  })

  test('of failures is newest first', async () => {
    const own = await givenEntries('failures', 0)
    for (const [id, second] of [
      ['a', 1],
      ['c', 3],
      ['b', 2],
    ] as const) {
      const at = new Date(Date.parse(AT) + second * 1000).toISOString()
      await own.update(entryUpdate({ id, state: 'failed', at, requestedAt: at, redriveCount: 0, error: 'E' }))
    }
    const pages = []
    for await (const { downloads, isLast } of own.failed()) pages.push([downloads.map(({ id }) => id), isLast])
    expect(pages).toEqual([[['c', 'b', 'a'], true]])
  })

  test.each([
    [{ state: 'ready', error: 'QueryFailed' } as const, 'error selects failed downloads, but state is ready'],
    [{ limit: 0 }, 'limit must be a whole number from 1 to 1000, not 0.'],
    [{ limit: 1001 }, 'limit must be a whole number from 1 to 1000, not 1001.'],
    [{ limit: 1.5 }, 'limit must be a whole number from 1 to 1000, not 1.5.'],
    ...[['x', 'id'], ['2026-11-30T06:00:00.000Z', 7], [7, 'id'], ['2026-11-30T06:00:00.000Z']].map(
      (cursor): [object, string] => [
        { cursor: Buffer.from(JSON.stringify(cursor)).toString('base64url') },
        'The cursor is not valid. Use the cursor of the previous page.',
      ],
    ),
    [{ cursor: 'x' }, 'The cursor is not valid. Use the cursor of the previous page.'],
  ])('refuses %j', async (query, sentence) => {
    await expect(carryout.downloads(query)).rejects.toThrow(sentence)
  })
})

/** A table of so many ready downloads. @param limits gets how many items each call reads */
async function givenEntries(name: string, count: number, limits: number[] = []): Promise<DownloadTable> {
  await tables.make(name)
  const { requestHandler, ...rest } = tables.options
  const recording = {
    handle: (request: Parameters<typeof requestHandler.handle>[0]) => {
      const { Limit } = JSON.parse(Buffer.from(request.body).toString()) as { Limit?: number }
      if (Limit !== undefined) limits.push(Limit)
      return requestHandler.handle(request)
    },
  }
  const own = new DownloadTable(name, { ...rest, requestHandler: recording } as typeof tables.options)
  const requester = 'many@example.com'
  for (let at = 0; at < count; at += 50) {
    const some = Array.from({ length: Math.min(50, count - at) }, (_, index) => {
      const time = new Date(1_700_000_000_000 + (at + index) * 1000).toISOString()
      return { id: `d-${at + index}`, state: 'ready', at: time, requestedAt: time, requester, redriveCount: 0 } as const
    })
    await Promise.all(some.map((entry) => own.update(entryUpdate(entry))))
  }
  return own
}
