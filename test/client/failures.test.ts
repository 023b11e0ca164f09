import { groupFailures } from '../../client/failures.ts'
import type { FailedDownload, FailedPage } from '../../client/table-failed.ts'
import { oneLine } from '../../statemachine/one-line.ts'

test('failures with one cause form one group, whatever numbers and ids their reasons contain', async () => {
  const { groups } = await groupFailures(
    pagesOf([
      failure('a', 'QueryFailed', 'Table customers does not exist'),
      failure('b', 'QueryFailed', 'Table orders does not exist'),
      failure('c', 'ExportTooLong', 'After 840 s, 120001 rows'),
      failure('d', 'QueryFailed', 'Table customers does not exist'),
      failure('e', 'ExportTooLong', 'After 841 s, 98 rows'),
      failure('f', 'QueryFailed', 'Table customers does not exist'),
    ]),
  )
  expect(groups.map(({ downloads }) => downloads.map(({ id }) => id))).toEqual([['a', 'd', 'f'], ['c', 'e'], ['b']])
})

test('a UUID does not make a separate cause, even if a long reason was cut within it', async () => {
  const [one, other] = ['8f14e45f-ceea-467f-a0e6-9d1f3b2c4d5e', '0a1b2c3d-4e5f-6a7b-8c9d-abcdefabcdef']
  const exited = 'Error: Runtime exited with error: signal: killed'
  const long = (id: string, rows: number) => oneLine(`After ${rows} rows: ${'x'.repeat(260)} RequestId: ${id}`, 300)
  const { groups } = await groupFailures(
    pagesOf([
      failure('a', 'Runtime.ExitError', `RequestId: ${one} ${exited}`),
      failure('b', 'Runtime.ExitError', `RequestId: ${other} ${exited}`),
      failure('c', 'QueryFailed', long(one, 9)),
      failure('d', 'QueryFailed', long(other, 1_000)),
    ]),
  )
  expect(groups.map(({ downloads }) => downloads.map(({ id }) => id))).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ])
})

test('a group keeps its key when another failure joins it', async () => {
  const [before] = (await groupFailures(pagesOf([failure('a', 'E', 'row 1')]))).groups
  const [after] = (await groupFailures(pagesOf([failure('b', 'E', 'row 22'), failure('a', 'E', 'row 1')]))).groups
  expect(after?.key).toBe(before?.key)
  expect(after?.reason).toBe('row 22')
})

test('all pages are read, and failures that were edited and sent again are left out', async () => {
  const all = Array.from({ length: 7 }, (_, index) => failure(String(index), 'E', 'x'))
  const sentAgain = { ...failure('old', 'E', 'x'), replayedAs: 'new' }
  expect(await groupFailures(pagesOf([...all, sentAgain], 3))).toMatchObject({ count: 7, isComplete: true })
})

test('if there are none, that is complete', async () => {
  expect(await groupFailures(pagesOf([]))).toEqual({ groups: [], count: 0, isComplete: true })
})

test('reasons that differ in their first word are of two causes, and the larger group is first', async () => {
  const { groups } = await groupFailures(
    pagesOf([failure('a', 'E', 'x failed'), failure('b', 'E', 'y failed'), failure('c', 'E', 'y failed')]),
  )
  expect(groups.map(({ reason }) => reason)).toEqual(['y failed', 'x failed'])
})

test('at most 10,000 are read, and the result says that there are more', async () => {
  const all = Array.from({ length: 10_001 }, (_, index) => failure(String(index), 'E', 'x'))
  expect(await groupFailures(pagesOf(all, 1_000))).toMatchObject({ count: 10_000, isComplete: false })
  expect(await groupFailures(pagesOf(all, 9_999))).toMatchObject({ count: 10_001, isComplete: true })
})

function failure(id: string, error: string, reason: string): FailedDownload {
  const at = '2026-01-01T00:00:00.000Z'
  return { id, state: 'failed', at, requestedAt: at, redriveCount: 0, error, reason }
}

async function* pagesOf(all: FailedDownload[], size = all.length): AsyncGenerator<FailedPage> {
  for (let from = 0; from < all.length; from += size) {
    yield { downloads: all.slice(from, from + size), isLast: from + size >= all.length }
  }
}
