/** The XML of single cells: which values are numbers, which are text, and that they have room. */
import { cellWriter, maxCellBytes, maxRowBytes } from '../../../../engine/formats/xlsx/cells.ts'
import type { Column, ColumnKind } from '../../../../engine/rows/column.ts'
import { Output } from '../../../../engine/rows/output.ts'
import { sourceOf, wordsOf } from '../../../../engine/rows/words.ts'
import { TransformFailed } from '../../../../statemachine/errors.ts'
import { givenColumn } from '../support.ts'

const number = (digits: string) => `<c r="AB12" s="29"><v>${digits}</v></c>`
const text = (xml: string) => `<c r="AB12" t="inlineStr"><is><t>${xml}</t></is></c>`

describe('a number', () => {
  test.each<[ColumnKind, string]>([
    ['integer', '42'],
    ['integer', '123456789012345'],
    ['integer', '-123456789012345'],
    ['integer', '00000000001234567'],
    ['year', '2026'],
    ['decimal', '123456789012345.00'],
    ['decimal', '1234567890.123450000'],
    ['decimal', '0.00000000000000000012'],
    ['decimal', '-0.00000000000000000000'],
    ['float', '1.7976931348623157e308'],
  ])('of kind %s is kept if a spreadsheet keeps its digits: %s', (kind, digits) => {
    expect(cell({ kind }, digits)).toBe(number(digits))
  })

  test.each<[ColumnKind, string]>([
    ['integer', '1234567890123456'],
    ['integer', '1000000000000000'],
    ['integer', '-12345678901234500'],
    ['decimal', '100000000000000.5'],
    ['decimal', '1.000000000000001'],
    ['decimal', '1000000000000001.000'],
  ])('of kind %s is text if a spreadsheet would change it: %s', (kind, digits) => {
    expect(cell({ kind }, digits)).toBe(text(digits))
  })

  test('of bits follows the same rule', () => {
    expect(cell({ kind: 'bit' }, Buffer.of(1, 0))).toBe(number('256'))
    expect(cell({ kind: 'bit' }, Buffer.from('00038d7ea4c67fff', 'hex'))).toBe(number('999999999999999'))
    expect(cell({ kind: 'bit' }, Buffer.from('00038d7ea4c68000', 'hex'))).toBe(text('1000000000000000'))
    expect(cell({ kind: 'bit' }, Buffer.alloc(8, 0xff))).toBe(text('18446744073709551615'))
  })

  test('has its format if it is text, and its own digits if it is a number', () => {
    const grouped = { kind: 'integer', format: { grouping: true } } as const
    expect(cell(grouped, '1234567')).toBe(number('1234567'))
    expect(cell(grouped, '1234567890123456')).toBe(text('1,234,567,890,123,456'))
  })
})

describe('a date or time', () => {
  test.each<[ColumnKind, string, string]>([
    ['date', '2026-02-28', '46081'],
    ['datetime', '2026-02-28 12:00:00', '46081.5'],
    ['timestamp', '2026-02-28 12:00:00', '46081.5'],
    ['time', '12:00:00', '0.5'],
  ])('of kind %s is a serial number: %s', (kind, value, serial) => {
    expect(cell({ kind }, value)).toBe(number(serial))
  })

  test('that a spreadsheet does not have is text, in its format', () => {
    expect(cell({ kind: 'date' }, '0000-00-00')).toBe(text('0000-00-00'))
    expect(cell({ kind: 'date', format: 'yyyy/M/d' }, '0000-00-00')).toBe(text('0000/0/0'))
    expect(cell({ kind: 'time' }, '-01:00:00')).toBe(text('-01:00:00'))
  })
})

describe('a text', () => {
  test('keeps its space, and is escaped', () => {
    const spaced = (xml: string) => `<c r="AB12" t="inlineStr"><is><t xml:space="preserve">${xml}</t></is></c>`
    expect(cell({ kind: 'text' }, 'a b')).toBe(text('a b'))
    expect(cell({ kind: 'text' }, '')).toBe(text(''))
    for (const value of [' a', 'a ', '\na']) expect(cell({ kind: 'text' }, value)).toBe(spaced(value))
    expect(cell({ kind: 'json' }, '{"a":"<&>"}')).toBe(text('{"a":"&lt;&amp;&gt;"}'))
  })

  test('of bytes is base64', () => {
    expect(cell({ kind: 'binary' }, Buffer.from('hello'))).toBe(text('aGVsbG8='))
  })

  test('is refused if it is longer than a cell can hold', () => {
    expect(cell({ kind: 'text' }, 'あ'.repeat(32_767))).toBe(text('あ'.repeat(32_767)))
    const long = () => cell({ kind: 'text' }, 'あ'.repeat(32_768))
    expect(long).toThrow(TransformFailed)
    expect(long).toThrow(
      "row 12, column c: the text has 32768 characters, but a spreadsheet's cell holds at most 32767",
    )
    expect(() => cell({ kind: 'text' }, 'x'.repeat(32_768))).toThrow('the text has 32768 characters')
    expect(cell({ kind: 'binary' }, Buffer.alloc(24_573))).toHaveLength(text('').length + 32_764)
    expect(() => cell({ kind: 'binary' }, Buffer.alloc(24_574))).toThrow('the text has 32768 characters')
  })
})

test.each<[ColumnKind, string, string]>([
  ['integer', '42', number('42')],
  ['integer', 'many', text('many')],
  ['integer', '1234567890123456', text('1234567890123456')],
  ['float', '1.5', number('1.5')],
  ['float', '12345678901234567890', text('12345678901234567890')],
  ['datetime', '2026-02-28T12:00:00.000Z', number('46081.5')],
  ['date', 'soon', text('soon')],
  ['text', '42', text('42')],
  ['json', '42', text('42')],
])('what a row function returned for a column of kind %s is what its text is: %s', (kind, value, xml) => {
  expect(cell({ kind, transformedFrom: kind }, value)).toBe(xml)
})

test('there is room for a row whose every character is escaped', () => {
  const format = `'${'&'.repeat(100)}'yyyy`
  const columns = [givenColumn('c', 'date', { format }), givenColumn('c', 'text')]
  const shown = cell({ kind: 'date', format }, '0000-00-00')
  expect(shown).toBe(text(`${'&amp;'.repeat(100)}0000`))
  const escaped = cell({ kind: 'text' }, '\u0001'.repeat(100), maxCellBytes(100))
  expect(escaped).toContain('_x0001_'.repeat(100))
  expect(maxRowBytes(columns)).toBeGreaterThanOrEqual(2 * 96 + shown.length)
})

/** @param room bytes that the output has */
function cell(change: Partial<Column> & { kind: ColumnKind }, value: string | Buffer, room = 1 << 18): string {
  const output = new Output(0, room)
  // The field stands between others.
  const bytes = Buffer.concat([Buffer.from('1'), Buffer.from(value as string), Buffer.from('2')])
  const write = cellWriter(givenColumn('c', change.kind, change), 27, '+00:00')
  write(sourceOf(bytes), 1, bytes.length - 1, wordsOf(Buffer.from('12')), output, () => 'row 12')
  return output.written.toString()
}
