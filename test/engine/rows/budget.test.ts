import { setTimeout as sleep } from 'node:timers/promises'
import type { Batch } from '../../../engine/rows/batch.ts'
import { Budget } from '../../../engine/rows/budget.ts'
import type { Rows } from '../../../engine/sources/source.ts'

const batch: Batch = { bytes: Buffer.alloc(0), rows: 0, starts: new Int32Array(0), ends: new Int32Array(0) }

test('a deadline that passes while rows are written ends the waiting for the next ones', async () => {
  const rows = {
    async *[Symbol.asyncIterator]() {
      yield batch
      await sleep(30_000, undefined, { ref: false })
      yield batch
    },
  } as unknown as Rows
  const budget = new Budget(rows, Date.now() + 50)
  expect(await budget.next(true)).toBe(batch)
  await sleep(100)
  expect(await budget.next(true)).toBe('spent')
  budget.end()
})
