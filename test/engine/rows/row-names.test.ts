import { KeyWatch } from '../../../engine/keys/key.ts'
import { RowNames } from '../../../engine/rows/row-names.ts'
import { givenBatch, givenColumn } from '../formats/support.ts'

const batch = givenBatch([['7'], ['9']])

test('a row is named by its key', () => {
  const names = new RowNames(new KeyWatch([givenColumn('id', 'integer')], 'id', '+00:00'), 'id')
  names.batch(batch, 100)
  expect(names.of(1)).toBe('the row with id 9')
})

test('a row without a key is named by its number, counted from 1', () => {
  const names = new RowNames(null, null)
  names.batch(batch, 0)
  expect(names.of(0)).toBe('row 1')
  names.batch(batch, 2)
  expect(names.of(1)).toBe('row 4')
})

test('a row is named by its number before any batch has arrived', () => {
  const names = new RowNames(new KeyWatch([givenColumn('id', 'integer')], 'id', '+00:00'), 'id')
  expect(names.of(0)).toBe('row 1')
})
