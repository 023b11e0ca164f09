import { Keys, upTo } from './keys.ts'

test.each([
  ['evenly spread', upTo(2_000)],
  ['of which half are very close together', [...upTo(1_000), ...upTo(1_000).map((key) => `${key}000000`)]],
  ['of which the first is far away', ['1', ...upTo(2_000).map((key) => String(1_000_000_000 + Number(key)))]],
  ['of which some are far away', [...upTo(1_990), ...upTo(10).map((key) => `${key}0000000000000`)]],
])('keys that are %s are divided into ranges that differ by an eighth at most', async (_, values) => {
  const keys = new Keys(values)
  for (const ranges of [2, 4]) {
    const histogram = (await keys.histogram(ranges))!
    for (let range = 1; range < ranges; range++) {
      const share = range / ranges
      expect(Math.abs(keys.shareOf(histogram.keyAt(share)) - share)).toBeLessThanOrEqual(1 / (8 * ranges))
    }
  }
})

test('each proposed key exists', async () => {
  const keys = new Keys(upTo(500).map((key) => String(Number(key) ** 3)))
  const histogram = (await keys.histogram(8))!
  for (let share = 0; share <= 1; share += 0.05) expect(keys.values).toContain(histogram.keyAt(share).value)
})

test('twice as many ranges need about twice as many lookups, and none for every key', async () => {
  const [few, many] = [new Keys(upTo(5_000)), new Keys(upTo(5_000))]
  await few.histogram(4)
  await many.histogram(8)
  expect(many.lookups / few.lookups).toBeGreaterThan(1.5)
  expect(many.lookups / few.lookups).toBeLessThan(2.5)
  expect(many.lookups).toBeLessThan(500)
})

test.each([1, 2, 3])('%i keys are not divided for ever', async (count) => {
  const keys = new Keys(upTo(count))
  const histogram = (await keys.histogram(4))!
  expect(keys.values).toContain(histogram.keyAt(0.5).value)
  expect(keys.lookups).toBeLessThan(100)
})

test('two heaps of keys with nothing between them are divided at the border', async () => {
  const keys = new Keys([...upTo(100), ...upTo(100).map((key) => String(1_000_000_000 + Number(key)))])
  const histogram = (await keys.histogram(2))!
  expect(keys.shareOf(histogram.keyAt(0.5))).toBeCloseTo(0.5, 1)
})

test('an estimate that ignores the bounds gives no histogram', async () => {
  expect(await new Keys(upTo(1_000), { estimate: () => 1_000 }).histogram(2)).toBeNull()
  // It may be wrong by much, if it depends on them.
  expect(await new Keys(upTo(1_000), { estimate: (rows) => rows * 1.7 }).histogram(2)).not.toBeNull()
})

test.each([2, 3])('an estimate that is %i times the truth for small pieces gives one', async (factor) => {
  const keys = new Keys(upTo(2_000), { estimate: (rows) => (rows < 900 ? rows * factor : rows) })
  expect(await keys.histogram(2)).not.toBeNull()
})

test('a large piece without a key inside does not keep the others from being divided', async () => {
  const values = ['1', ...upTo(1_000).map((key) => String(1_000_000 + Number(key)))]
  // The piece of the first two keys seems to have more rows than any other.
  const keys = new Keys(values, { estimate: (rows) => (rows === 2 ? 600 : rows) })
  const histogram = (await keys.histogram(2))!
  expect(keys.shareOf(histogram.keyAt(0.5))).toBeCloseTo(0.2, 1)
})

test('evenly spread keys are divided into eight pieces per range, with about two lookups for each', async () => {
  const keys = new Keys(upTo(4_096))
  await keys.histogram(8)
  expect(keys.lookups).toBeLessThan(3 * 8 * 8)
})

test('a piece without an estimate counts as empty', async () => {
  const keys = new Keys(upTo(1_000), { estimate: () => null })
  const histogram = (await keys.histogram(2))!
  expect(histogram.keyAt(0.5)).toEqual(keys.cursor('1000'))
  expect(keys.lookups).toBeLessThan(10)
})

test('the order is the database’s, even if it is the reverse of the characters’', async () => {
  const values = Array.from({ length: 200 }, (_, index) => `k${String(index).padStart(3, '0')}`)
  const keys = new Keys(values, {
    type: 'text',
    // Odd numbers come first.
    order: (one, other) =>
      (Number(other.at(-1)) % 2) - (Number(one.at(-1)) % 2) || (one < other ? -1 : one > other ? 1 : 0),
  })
  const histogram = (await keys.histogram(2))!
  expect(Math.abs(keys.shareOf(histogram.keyAt(0.5)) - 0.5)).toBeLessThanOrEqual(0.125)
})
