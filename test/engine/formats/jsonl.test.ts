import { jsonl } from '../../../engine/formats/jsonl.ts'
import type { Column, ColumnKind } from '../../../engine/rows/column.ts'
import { Output } from '../../../engine/rows/output.ts'
import { encodeWith, givenBatch, givenColumn, givenContext } from './support.ts'

test.each<[ColumnKind, string, string]>([
  ['integer', '00042', '42'],
  ['integer', '00000', '0'],
  ['integer', '00', '0'],
  ['integer', '07', '7'],
  ['integer', '12345', '12345'],
  ['decimal', '000012.50', '12.50'],
  ['float', '0001.5e10', '1.5e10'],
  ['year', '0000', '0'],
])('the server’s own %s %s is the number %s', async (kind, text, shown) => {
  expect(await lineOf({ kind }, text)).toBe(`{"c":${shown}}\n`)
  expect(await lineOf({ kind, transformedFrom: kind, zerofill: true }, text)).toBe(`{"c":${shown}}\n`)
})

test.each<[ColumnKind, string, string]>([
  ['integer', '7', '7'],
  ['integer', '1e+21', '1e+21'],
  ['integer', '18446744073709551616', '18446744073709551616'],
  ['float', '-17', '-17'],
  ['json', '{"a":1}', '{"a":1}'],
  ['json', 'true', 'true'],
  ['json', 'no JSON', '"no JSON"'],
  ['integer', '00042', '"00042"'],
  ['integer', 'many', '"many"'],
  ...['07', '-05', 'x5', '-x5', '-.5', '.5', '5.', '1.5x', '1.x5', '1/5', '1:2', '1.2.3', '--1', '-', ''].map(
    (text): [ColumnKind, string, string] => ['decimal', text, `"${text}"`],
  ),
  ['decimal', '1e400', '"1e400"'],
  ['datetime', '2026-01-01T00:00:00.000Z', '"2026-01-01T00:00:00.000Z"'],
  ['text', '-17', '"-17"'],
])('a row function’s value for a column of kind %s: %s, is %s', async (kind, text, shown) => {
  expect(await lineOf({ kind, transformedFrom: kind }, text)).toBe(`{"c":${shown}}\n`)
})

test('there is room for the largest number, with all its digits, and for what is escaped', async () => {
  const format = { decimals: 30, grouping: true }
  const columns = [givenColumn('n', 'float', { format }), givenColumn('control', 'text')]
  const row = ['-1.7976931348623157e308', '\u0001'.repeat(500)]
  const output = new Output(0, 0)
  jsonl.open(givenContext(columns)).rows(givenBatch([row]), 0, 1, output)
  expect(output.written.toString()).toBe((await encodeWith(jsonl, columns, [row])).toString())
})

async function lineOf({ kind, ...change }: Partial<Column> & { kind: ColumnKind }, text: string): Promise<string> {
  return (await encodeWith(jsonl, [givenColumn('c', kind, change)], [[text]])).toString()
}
