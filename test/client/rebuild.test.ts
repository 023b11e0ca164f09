import { SFNClient } from '@aws-sdk/client-sfn'
import { type Rebuilt, rebuildIndex } from '../../client/rebuild.ts'
import { DownloadTable } from '../../client/table.ts'
import type { TableUpdate } from '../../statemachine/table-update.ts'
import { answering } from '../support/answering.ts'
import { openTables } from '../support/table.ts'

const [START, STOP, REDRIVE] = [1_800_000_000, 1_800_000_060, 1_800_000_090]
const iso = (second: number) => new Date(second * 1000).toISOString()
const input = JSON.stringify({ export: 'orders', requestedBy: 'hanako@example.com' })

/** @param pages the executions of each page, with what DescribeExecution says of them */
function given(pages: Record<string, object>[]) {
  const sizes: number[] = []
  const { options } = answering(({ operation, fields: { executionArn, maxResults, nextToken = '0' } }) => {
    if (operation === 'ListExecutions') {
      sizes.push(maxResults)
      const executions = Object.keys(pages[Number(nextToken)] ?? {}).map((name) => ({
        executionArn: `a:${name}`,
        name,
      }))
      const next = Number(nextToken) + 1
      return { executions, ...(next < pages.length && { nextToken: String(next) }) }
    }
    const name = executionArn.split(':').at(-1)
    return { name, executionArn, status: 'RUNNING', startDate: START, ...Object.assign({}, ...pages)[name] }
  })
  return { sfn: new SFNClient(options), sizes }
}

test('every execution is entered with all that AWS says of it', async () => {
  const tables = await openTables()
  try {
    await tables.make('rebuilt')
    const table = new DownloadTable('rebuilt', tables.options)
    const output = JSON.stringify({ file: { name: 'orders.csv', rows: 7, bytes: 70 } })
    const failed = { status: 'FAILED', error: 'QueryFailed', cause: 'No such table.', stopDate: STOP, input }
    const again = { redriveCount: 1, redriveDate: REDRIVE, input }
    const { sfn } = given([{ failed, running: {}, again, ready: { status: 'SUCCEEDED', stopDate: STOP, output } }])
    expect(await rebuildIndex(sfn, 'm', table)).toEqual({ executions: 4, corrected: 4 })
    const times = { requestedAt: iso(START), startedAt: iso(START) }
    expect(await table.entry('failed')).toMatchObject({
      ...{ ...times, state: 'failed', at: iso(STOP), endedAt: iso(STOP), redriveCount: 0, export: 'orders' },
      ...{ error: 'QueryFailed', reason: 'No such table.', requester: 'hanako@example.com' },
    })
    expect(await table.entry('running')).toMatchObject({ ...times, state: 'running', at: iso(START), redriveCount: 0 })
    expect(await table.entry('again')).toMatchObject({
      ...{ state: 'running', at: iso(REDRIVE), redriveCount: 1, redrivenAt: iso(REDRIVE) },
    })
    expect(await table.entry('ready')).toMatchObject({ state: 'ready', fileName: 'orders.csv', rows: 7, bytes: 70 })
    expect(await rebuildIndex(sfn, 'm', table)).toEqual({ executions: 4, corrected: 0 })
  } finally {
    await tables.close()
  }
})

test('progress is reported after each page of a hundred executions', async () => {
  const named = (beginning: string, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`${beginning}-${index}`, {}]))
  const { sfn, sizes } = given([named('a', 12), {}, named('b', 5)])
  const names: string[] = []
  const table = {
    update: async ({ Key }: TableUpdate) => {
      names.push(Key!.pk!.S!)
      return names.length % 2 === 0
    },
  }
  const seen: Rebuilt[] = []
  const rebuilt = await rebuildIndex(sfn, 'm', table, (progress) => void seen.push({ ...progress }))
  expect(seen).toEqual([
    { executions: 12, corrected: 6 },
    { executions: 12, corrected: 6 },
    { executions: 17, corrected: 8 },
  ])
  expect(rebuilt).toEqual({ executions: 17, corrected: 8 })
  expect(new Set(names).size).toBe(17)
  expect(sizes).toEqual([100, 100, 100])
})
