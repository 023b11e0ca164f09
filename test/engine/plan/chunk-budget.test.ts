import { chunkBudgetMillis, refuseTooManyChunks } from '../../../engine/plan/chunk-budget.ts'
import type { ListedObject } from '../../../engine/stores/store.ts'
import type { Range } from '../../../statemachine/contract.ts'
import { ExportTooLong } from '../../../statemachine/errors.ts'

test('the first sixty chunks have the configured budget, later ones increasingly more', () => {
  expect([0, 30, 60].map((written) => chunkBudgetMillis(60_000, written))).toEqual([60_000, 60_000, 60_000])
  expect(chunkBudgetMillis(60_000, 61)).toBeGreaterThan(60_000)
  expect(chunkBudgetMillis(60_000, 61)).toBeLessThan(66_000)
  expect(chunkBudgetMillis(1000, 198)).toBeGreaterThan(800_000)
})

test('no budget stays unlimited', () => {
  expect(chunkBudgetMillis(0, 3000)).toBe(0)
})

test('an export of one range fails by name before its history is full', async () => {
  await expect(refuse(1, 3399, 3398)).resolves.toBeUndefined()
  await expect(refuse(1, 3400, 3399)).rejects.toThrow(ExportTooLong)
  await expect(refuse(1, 3400, 3399)).rejects.toThrow(
    'orders has written 3400 chunks, and its execution’s history has no room for more',
  )
})

test('a range continues beyond its share while there is room in total, and only then lists the bucket', async () => {
  await expect(refuse(40, 84, new Error('not asked'))).resolves.toBeUndefined()
  await expect(refuse(40, 85, 900)).resolves.toBeUndefined()
  await expect(refuse(40, 2000, 3399)).resolves.toBeUndefined()
  await expect(refuse(40, 85, 3400)).rejects.toThrow(ExportTooLong)
})

/** @param listed how many chunks lie in the bucket */
function refuse(parallelism: number, chunks: number, listed: number | Error): Promise<void> {
  const list = async () => {
    if (listed instanceof Error) throw listed
    return Array.from({ length: listed }, (_, at) => ({ key: String(at) }) as ListedObject)
  }
  const range = { index: 0, chunks } as Range
  return refuseTooManyChunks('orders', { request: { id: 'r' }, plan: { parallelism }, range }, { list })
}
