import fc from 'fast-check'
import { type Batch, locateFields } from '../../engine/batch.ts'
import type { Row } from '../../engine/catalogue.ts'
import { Transform } from '../../engine/transform.ts'
import { givenBatch, givenColumn } from './formats/support.ts'

const COLUMNS = [
  givenColumn('id', 'integer', { precision: 8 }),
  givenColumn('a "quoted" name', 'integer', { precision: 4 }),
  givenColumn('日時', 'datetime'),
  givenColumn('text', 'text'),
  givenColumn('note', 'text'),
]
const NAMES = COLUMNS.map(({ name }) => name)

const text = fc.option(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 90 }), fc.string({ maxLength: 8000 })))
const rows = fc.array(
  fc.tuple(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
    fc.option(fc.integer().map(String)),
    fc.constantFrom('2026-02-28 23:59:59', null),
    text,
    text,
  ),
  { minLength: 1, maxLength: 20 },
)

test('rows that come back as they were given are the same bytes, whatever is in them', () => {
  fc.assert(
    fc.property(rows, (given) => {
      expect(
        textsOf(
          transformed((row) => ({ ...row }), NAMES, givenBatch(given)),
          NAMES.length,
        ),
      ).toEqual(given)
    }),
  )
})

test('each column is what the function returned, in the file’s order', () => {
  fc.assert(
    fc.property(
      rows,
      fc.array(text, { minLength: 1 }),
      fc.shuffledSubarray(NAMES, { minLength: 1 }),
      (given, texts, names) => {
        let calls = 0
        const change = (row: Row) => ({ ...row, note: texts[calls++ % texts.length] ?? null })
        const expected = given.map((row, index) =>
          names.map((name) => (name === 'note' ? (texts[index % texts.length] ?? null) : row[NAMES.indexOf(name)])),
        )
        expect(textsOf(transformed(change, names, givenBatch(given)), names.length)).toEqual(expected)
      },
    ),
  )
})

test('the function sees numbers, exact integers, dates as text, and NULL', () => {
  const seen: Row[] = []
  transformed(
    (row) => {
      seen.push(row)
      return row
    },
    NAMES,
    givenBatch([
      ['-9223372036854775808', '-2147483648', '2026-02-28 23:59:59', 'plain', 'ü'],
      ['7', null, null, '', null],
    ]),
  )
  expect(seen).toEqual([
    { id: -(2n ** 63n), 'a "quoted" name': -2147483648, 日時: '2026-02-28 23:59:59', text: 'plain', note: 'ü' },
    { id: 7n, 'a "quoted" name': null, 日時: null, text: '', note: null },
  ])
})

function transformed(row: (row: Row) => Row, names: readonly string[], batch: Batch): Batch {
  return new Transform(row, COLUMNS, names, (_, index) => `row ${index}`).apply(batch)
}

function textsOf(batch: Batch, columns: number): (string | null)[][] {
  const starts = new Int32Array(columns)
  const ends = new Int32Array(columns)
  return Array.from({ length: batch.rows }, (_, row) => {
    expect(locateFields(batch.bytes, batch.starts[row]!, columns, starts, ends)).toBe(batch.ends[row])
    return Array.from(starts, (start, index) =>
      start === -1 ? null : batch.bytes.toString('utf8', start, ends[index]),
    )
  })
}
