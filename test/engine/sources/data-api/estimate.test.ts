import { estimateOf } from '../../../../engine/sources/data-api/estimate.ts'
import { number, text } from './fake-api.ts'

const estimate = (columnMetadata: object[] | undefined, records: object[][] | undefined) =>
  estimateOf({ columnMetadata, records } as never)

test('an estimate is that of the longest table, wherever the plan has it and however it arrives', () => {
  const columns = [{ label: 'id' }, { label: 'rows' }]
  expect(
    estimate(columns, [
      [number(9), number(3)],
      [number(9), text('12')],
      [number(9), { isNull: true }],
    ]),
  ).toBe(12)
  expect(estimate([{ label: 'rows' }, { label: 'id' }], [[number(1), number(9)]])).toBe(1)
})

test('there is no estimate without a table of rows', () => {
  expect(estimate([{ label: 'rows' }], [[number(0)], [text('')]])).toBeNull()
  expect(estimate([{ label: 'id' }], [[number(5)]])).toBeNull()
  expect(estimate([{ label: 'rows' }], undefined)).toBeNull()
  expect(estimate(undefined, undefined)).toBeNull()
})
