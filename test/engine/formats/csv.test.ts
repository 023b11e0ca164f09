import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { utf8Bom } from '../../../engine/charset.ts'
import { cp932 } from '../../../engine/charsets/cp932.ts'
import { UnmappableCharacter } from '../../../engine/errors.ts'
import type { CsvOptions } from '../../../engine/format.ts'
import { csv, tsv } from '../../../engine/formats/csv.ts'
import { encodeWith, givenColumn, type Row } from './support.ts'

const texts = (...names: string[]) => names.map((name) => givenColumn(name, 'text'))
const csvOf = async (columns: ReturnType<typeof givenColumn>[], rows: Row[], options: CsvOptions = {}) =>
  (await encodeWith(csv, columns, rows, 10, { options: { title: '', csv: options } })).toString()

it('ends each line with CR LF, as RFC 4180 has it', async () => {
  expect(await csvOf(texts('a', 'b'), [['1', '2']])).toBe('a,b\r\n1,2\r\n')
})

it('quotes what holds a comma, a quote or a line break, and doubles the quotes', async () => {
  const rows: Row[] = [
    ['a,b', 'say "hi"'],
    ['two\nlines', 'cr\rhere'],
    ['"', '""'],
  ]
  expect(await csvOf(texts('x', 'y'), rows)).toBe(
    'x,y\r\n"a,b","say ""hi"""\r\n"two\nlines","cr\rhere"\r\n"""",""""""\r\n',
  )
})

it('tells NULL from the empty string', async () => {
  expect(await csvOf(texts('x', 'y'), [[null, '']])).toBe('x,y\r\n,""\r\n')
})

it('leaves no empty line for a NULL that is alone', async () => {
  expect(await csvOf(texts('x'), [[null]])).toBe('x\r\n""\r\n')
})

it('writes NULL as told, and quotes a text that looks the same', async () => {
  expect(await csvOf(texts('x', 'y'), [[null, 'NULL']], { nullText: 'NULL' })).toBe('x,y\r\nNULL,"NULL"\r\n')
})

it('quotes everything but NULL when asked to', async () => {
  const columns = [
    givenColumn('id', 'integer'),
    givenColumn('name', 'text'),
    givenColumn('photo', 'binary'),
    givenColumn('flags', 'bit'),
  ]
  expect(
    await csvOf(
      columns,
      [
        ['1', 'a', Buffer.of(1), Buffer.of(2)],
        [null, '', null, null],
      ],
      { alwaysQuote: true },
    ),
  ).toBe('"id","name","photo","flags"\r\n"1","a","AQ==","2"\r\n,"",,\r\n')
})

it('takes another delimiter and line ending', async () => {
  const options = { delimiter: ';', lineEnding: '\n' } as const
  expect(await csvOf(texts('x', 'y'), [['a;b', 'c,d']], options)).toBe('x;y\n"a;b";c,d\n')
})

it('quotes times when the delimiter is a colon', async () => {
  const columns = [givenColumn('at', 'time'), givenColumn('n', 'integer')]
  expect(await csvOf(columns, [['10:00:00', '1']], { delimiter: ':' })).toBe('at:n\r\n"10:00:00":1\r\n')
})

it('separates by tabs as TSV, and quotes a tab in a text', async () => {
  expect((await encodeWith(tsv, texts('x', 'y'), [['a\tb', 'c,d']])).toString()).toBe('x\ty\r\n"a\tb"\tc,d\r\n')
})

it('writes bytes as base64 and BIT as its number', async () => {
  const columns = [givenColumn('photo', 'binary'), givenColumn('flags', 'bit')]
  const rows: Row[] = [
    [Buffer.from('hello'), Buffer.from('ffffffffffffffff', 'hex')],
    [Buffer.of(), Buffer.of(0)],
  ]
  expect(await csvOf(columns, rows)).toBe('photo,flags\r\naGVsbG8=,18446744073709551615\r\n"",0\r\n')
})

it('begins with the mark that Excel looks for when it is asked to', async () => {
  const file = await encodeWith(csv, texts('名前'), [['佐藤']], 10, { charset: utf8Bom })
  expect(file.subarray(0, 3)).toEqual(Buffer.of(0xef, 0xbb, 0xbf))
  expect(parse(file, { bom: true })).toEqual([['名前'], ['佐藤']])
})

it('writes Japanese in CP932, quoted and not', async () => {
  const rows: Row[] = [
    ['佐藤', '表,"ソ"'],
    ['ｶﾅ', 'plain'],
  ]
  const file = await encodeWith(csv, texts('名前', 'メモ'), rows, 10, { charset: cp932() })
  expect(parse(new TextDecoder('shift_jis').decode(file))).toEqual([['名前', 'メモ'], ...rows])
})

it('names the row and the column of a character that CP932 lacks', async () => {
  const file = encodeWith(
    csv,
    texts('name', 'note'),
    [
      ['a', 'b'],
      ['a', '😀'],
    ],
    10,
    { charset: cp932() },
  )
  await expect(file).rejects.toThrow(UnmappableCharacter)
  await expect(file).rejects.toThrow(/row 2, column note: the character 😀 \(U\+1F600\)/)
})

it('is read back equal by a foreign parser, whatever the rows are', async () => {
  const value = fc.option(
    fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', 'a', ' ', 'é') })),
  )
  const table = fc
    .integer({ min: 2, max: 5 })
    .chain((width) => fc.array(fc.array(value, { minLength: width, maxLength: width }), { minLength: 1 }))
  await fc.assert(
    fc.asyncProperty(table, fc.constantFrom(',', ';', '|'), fc.boolean(), async (rows, delimiter, alwaysQuote) => {
      const columns = texts(...rows[0]!.map((_, index) => `c${index}`))
      const file = await csvOf(columns, rows, { delimiter, alwaysQuote })
      const read = parse(file, {
        delimiter,
        from_line: 2,
        record_delimiter: '\r\n',
        cast: (field, { quoting }) => (field === '' && !quoting ? null : field),
      })
      expect(read).toEqual(rows)
    }),
  )
})

it('writes fields of every length that the wire has a form for', async () => {
  const lengths = [0, 1, 250, 251, 65_535, 65_536, 300_000]
  const rows: Row[] = lengths.map((length) => ['x'.repeat(length), 'y'])
  expect(parse(await csvOf(texts('a', 'b'), rows), { from_line: 2 })).toEqual(rows)
})
