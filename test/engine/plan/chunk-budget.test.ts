import { chunkBudgetMillis, refuseTooManyChunks } from '../../../engine/plan/chunk-budget.ts'
import type { Range } from '../../../statemachine/contract.ts'
import { ExportTooLong } from '../../../statemachine/errors.ts'

test('the first sixty chunks have the budget that was asked for, later ones ever more', () => {
  expect([0, 30, 60].map((written) => chunkBudgetMillis(60_000, written))).toEqual([60_000, 60_000, 60_000])
  expect(chunkBudgetMillis(60_000, 61)).toBeGreaterThan(60_000)
  expect(chunkBudgetMillis(1000, 198)).toBeGreaterThan(800_000)
})

test('no budget stays none', () => {
  expect(chunkBudgetMillis(0, 3000)).toBe(0)
})

test.each([
  [1, 3399, 3400],
  [4, 849, 850],
])('an export with parallelism %i fails by name before its history is full', (parallelism, last, refused) => {
  const at = (chunks: number) => () => refuseTooManyChunks('orders', { parallelism }, { index: 0, chunks } as Range)
  expect(at(last)).not.toThrow()
  expect(at(refused)).toThrow(ExportTooLong)
  expect(at(refused)).toThrow(
    `orders has written ${refused} chunks of range 0, and its execution’s history has no room`,
  )
})
