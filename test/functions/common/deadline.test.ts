import { jest } from '@jest/globals'
import { chunkDeadline, finishDeadline } from '../../../functions/common/deadline.ts'

const NOW = Date.parse('2026-11-30T21:00:00Z')
beforeAll(() => jest.useFakeTimers({ now: NOW }))
afterAll(() => jest.useRealTimers())

const withSeconds = (seconds: number) => ({ getRemainingTimeInMillis: () => seconds * 1000 })
const first = { plan: { parallelism: 1 }, range: { chunks: 0 } }

describe('a chunk', () => {
  test.each([
    ['leaves a minute for the last part and the answer', 900, 0, 840],
    ['leaves half of a time that is short', 100, 0, 50],
    ['stops when its budget is spent', 900, 30, 30],
    ['stops before its function does, however large its budget is', 900, 899, 840],
  ])('%s', (_, remaining, budget, seconds) => {
    expect(chunkDeadline(withSeconds(remaining), first, budget)).toBe(NOW + seconds * 1000)
  })

  test('takes longer than its budget when many chunks were written, counted over all ranges', () => {
    const at = (parallelism: number, chunks: number) =>
      chunkDeadline(withSeconds(900), { plan: { parallelism }, range: { chunks } }, 30) - NOW
    expect(at(1, 60)).toBe(30_000)
    expect(at(1, 120)).toBeGreaterThan(30_000)
    expect(at(4, 30)).toBe(at(1, 120))
    expect(at(1, 3000)).toBe(840_000)
  })
})

test('finish leaves three minutes for copies in progress and for S3 to join the parts', () => {
  expect(finishDeadline(withSeconds(900))).toBe(NOW + 720_000)
})
