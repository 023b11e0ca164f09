import { problemsOfShape } from '../../../engine/plan/shape.ts'

const withColumns = (count: number, formats: string[]) => {
  const columns = Object.fromEntries(Array.from({ length: count }, (_, at) => [`c${at}`, null]))
  return problemsOfShape({ name: 'orders', columns, formats } as never)
}

it('a sheet holds as many columns as Excel reads, and other files hold any number', () => {
  expect(withColumns(16_384, ['csv', 'xlsx'])).toEqual([])
  expect(withColumns(16_385, ['csv', 'xlsx'])).toEqual([
    'orders has 16385 columns, but a sheet of xlsx holds 16384: remove xlsx from its formats',
  ])
  expect(withColumns(16_385, ['csv', 'parquet'])).toEqual([])
})
