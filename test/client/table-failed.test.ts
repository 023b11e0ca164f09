import { DownloadTable } from '../../client/table.ts'
import type { DownloadEntry } from '../../statemachine/table.ts'
import { entryUpdate } from '../../statemachine/table-update.ts'
import { openTables } from '../support/table.ts'

const at = (second: number) => new Date(1_800_000_000_000 + second * 1000).toISOString()

let tables: Awaited<ReturnType<typeof openTables>>
beforeAll(async () => {
  tables = await openTables()
})
afterAll(() => tables?.close())

test('failed downloads come newest first, with what a list of causes shows', async () => {
  await tables.make('failed')
  const table = new DownloadTable('failed', tables.options)
  const entry = { requestedAt: at(0), redriveCount: 0, export: 'orders', requestedBy: 'hanako@example.com' }
  const cause = { error: 'QueryFailed', reason: 'No such table.' }
  const entries: DownloadEntry[] = [
    ...(['b', 'c', 'a'] as const).map((id, second) => ({
      ...entry,
      ...cause,
      id,
      state: 'failed' as const,
      at: at(second),
    })),
    { ...entry, id: 'ready', state: 'ready', at: at(9) },
  ]
  for (const each of entries) await table.update(entryUpdate({ ...each, params: '{"from":"2026-01-01"}' }))
  const pages = []
  for await (const page of table.failed()) pages.push(page)
  const shown = { ...entry, ...cause, state: 'failed' }
  expect(pages).toEqual([
    {
      downloads: [
        { ...shown, id: 'a', at: at(2) },
        { ...shown, id: 'c', at: at(1) },
        { ...shown, id: 'b', at: at(0) },
      ],
      isLast: true,
    },
  ])
})
