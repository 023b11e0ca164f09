import { PageSize } from '../../../engine/sources/data-api/page-size.ts'

test('a page never again has as many rows as one that took too long', () => {
  const size = new PageSize()
  for (let page = 0; page < 3; page++) size.measured(size.rows, size.rows * 100)
  const slow = size.rows
  size.tooSlow()
  const allowed = size.rows
  expect(allowed).toBe(Math.floor(slow / 4))
  for (let page = 0; page < 9; page++) {
    size.measured(size.rows, size.rows)
    expect(size.rows).toBe(allowed)
  }
})

test('a page that was too large is halved, and later ones grow by no more than twice', () => {
  const size = new PageSize()
  size.measured(50, 5000)
  const large = size.rows
  size.tooLarge()
  expect(size.rows).toBe(large / 2)
  size.measured(size.rows, size.rows)
  expect(size.rows).toBe(large)
})

test('an empty page changes nothing, and one long row is enough to learn from', () => {
  const size = new PageSize()
  const first = size.rows
  size.measured(0, 0)
  expect(size.rows).toBe(first)
  size.measured(1, 400_000)
  expect(size.rows).toBe(1)
})

test('pages grow again after long rows, but slowly, because long rows come in clusters', () => {
  const size = new PageSize()
  size.measured(1, 500_000)
  size.measured(1, 100)
  expect(size.rows).toBe(1)
  for (let page = 0; page < 40; page++) size.measured(size.rows, size.rows * 100)
  expect(size.rows).toBeGreaterThan(100)
})

test('a page has at least one row', () => {
  const size = new PageSize()
  size.measured(1, 5_000_000)
  expect(size.rows).toBe(1)
  size.tooLarge()
  expect(size.rows).toBe(1)
  size.tooSlow()
  expect(size.rows).toBe(1)
})
