/** Lists of the table of requests, on a table of DynamoDB in this process. */
import { type Carryout, createCarryout } from '../../client/carryout.ts'
import { DownloadTable } from '../../client/table.ts'
import type { DownloadEntry } from '../../statemachine/table.ts'
import { entryUpdate } from '../../statemachine/table-update.ts'
import { openTables } from '../support/table.ts'

const tableName = 'requests'
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

  test.each([
    [{ state: 'ready', error: 'QueryFailed' } as const, 'error selects failed downloads, but state is ready'],
    [{ limit: 0 }, 'limit must be a whole number from 1 to 1000, not 0.'],
    [{ cursor: 'x' }, 'The cursor is not valid. Use the cursor of the previous page.'],
  ])('refuses %j', async (query, sentence) => {
    await expect(carryout.downloads(query)).rejects.toThrow(sentence)
  })
})
