/**
 * The same rows give the same bytes in every version. The expected files lie in bytes/. After an intended change of a format, run
 * this suite with CARRYOUT_WRITE_BYTES=1, and read what has changed in them.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import JSZip from 'jszip'
import { cp932 } from '../../../engine/charsets/cp932.ts'
import { csv, tsv } from '../../../engine/formats/csv.ts'
import type { CsvOptions, Format, FormatContext } from '../../../engine/formats/format.ts'
import { jsonl } from '../../../engine/formats/jsonl.ts'
import { parquet } from '../../../engine/formats/parquet.ts'
import { xlsx } from '../../../engine/formats/xlsx.ts'
import type { Column, ColumnKind } from '../../../engine/rows/column.ts'
import { Output } from '../../../engine/rows/output.ts'
import { readDelimited, readJsonl } from './readers.ts'
import { encodeWith, givenBatch, givenColumn, givenContext, type Row } from './support.ts'

const EXPECTED = join(import.meta.dirname, 'bytes')

interface Table {
  columns: Column[]
  rows: Row[]
}

const bits = (...bytes: number[]) => Buffer.from(bytes)

/** A column of every kind with its ordinary values, its extremes and NULL. */
const kinds = tableOf([
  [givenColumn('id', 'integer', { precision: 8 }), '1', '-9223372036854775808', '0', '100000'],
  [givenColumn('small', 'integer', { precision: 2 }), '-32768', '32767', '7', '-1'],
  [givenColumn('big', 'integer', { precision: 8, unsigned: true }), '18446744073709551615', '0', '4294967296', '12'],
  [givenColumn('padded', 'integer', { precision: 4, zerofill: true }), '00042', '00000', '12345', '00100'],
  [givenColumn('amount', 'decimal', { precision: 12, scale: 2 }), '-12.50', '0.00', '9999999999.99', '-0.05'],
  [givenColumn('wide', 'decimal', { precision: 38, scale: 10 }), '0.0000000001', '-1.5000000000', null, '7.0000000000'],
  [givenColumn('double', 'float', { precision: 8 }), '1.7976931348623157e308', '-0.5', '5e-324', '100'],
  [givenColumn('single', 'float', { precision: 4 }), '3.4028235e38', '0.1', '-16777216', '1e-7'],
  [givenColumn('name', 'text'), '受注 "A", ä', '', 'NULL', '=1+1'],
  [givenColumn('json', 'json'), '{"a": [1,\n 2.50]}', '"\\u0000 é"', 'null', '-1.5e-7'],
  [givenColumn('bytes', 'binary'), bits(0, 255, 16), bits(), bits(251, 255), bits(1, 2, 3, 4)],
  [givenColumn('bits', 'bit', { precision: 64 }), Buffer.alloc(8, 255), bits(0), bits(1, 0), bits(9)],
  [givenColumn('day', 'date'), '2026-02-28', '1000-01-01', '9999-12-31', '1900-03-01'],
  [
    givenColumn('at', 'datetime', { scale: 6 }),
    '2026-02-28 13:05:09.250000',
    '1000-01-01 00:00:00.000001',
    '9999-12-31 23:59:59.999999',
    '1969-12-31 23:59:59.999000',
  ],
  [
    givenColumn('stamp', 'timestamp', { scale: 0 }),
    '1970-01-01 09:00:01',
    '2038-01-19 12:14:07',
    '2026-02-28 00:00:00',
    null,
  ],
  [givenColumn('span', 'time', { scale: 0 }), '-838:59:59', '00:00:00', '23:59:59', '100:00:01'],
  [givenColumn('year', 'year'), '2026', '1901', '0000', '2155'],
  [
    givenColumn('shown', 'decimal', { scale: 4, format: { decimals: 2, grouping: true } }),
    '-1234567.8950',
    '0.0049',
    '999.9950',
    '1000.0000',
  ],
  [
    givenColumn('shown day', 'datetime', { scale: 3, format: "yyyy年M月d日 'at' HH:mm:ss.SSS" }),
    '2026-02-03 04:05:06.078',
    '1899-12-31 00:00:00.000',
    '2026-12-31 23:59:58.900',
    null,
  ],
])

/** What a `row` function may have made of columns of each kind. */
const transformed = tableOf(
  ['integer', 'decimal', 'float', 'year', 'date', 'datetime', 'timestamp', 'time', 'json', 'text'].map(
    (kind): [Column, ...Row] => [
      givenColumn(kind, kind as ColumnKind, { transformedFrom: kind as ColumnKind, scale: 3, precision: 8 }),
      ...['-17', '1.5e3', '00042', '', 'ä "b"', '=x', '2026-02-28', '2026-02-28 12:00:00', '-01:00:00'],
      ...['2026-02-28T20:00:00.250Z', '2026-02-31T00:00:00.000Z', '123456789012345678', '{"a":1}', '<&>_x0041_'],
    ],
  ),
)

/** Texts of up to six characters with one odd character at each place, and longer ones. */
const texts = ((): Table => {
  const odd = [...'",;\t\n\r\\|=+-@&<>_ é受\u0001\u0008\f\u001f\u007f\u0080\ufffe']
  const around = (character: string, length: number, place: number) =>
    `${'abcde'.slice(0, place)}${character}${'abcde'.slice(place, length)}`
  const places = Array.from({ length: 6 }, (_, length) =>
    Array.from({ length: length + 1 }, (_, place) => [length, place]),
  )
  const short = odd.flatMap((character) => places.flat().map(([length, place]) => around(character, length!, place!)))
  const long = ['plain', '"', '受'].flatMap((part) => [40, 250, 255].map((bytes) => part.repeat(bytes / 5)))
  return {
    columns: [givenColumn('text', 'text'), givenColumn('n', 'integer')],
    rows: [...short, ...long].map((text, i): Row => [text, String(i)]),
  }
})()

/** A value that a column's format makes much longer, and that may have to be escaped. */
const shownQuotes = tableOf([[givenColumn('c', 'date', { format: `'${'"'.repeat(200)}'yyyy` }), '2026-01-01']])
const shownControls = tableOf([[givenColumn('c', 'date', { format: `'${'\u0001'.repeat(200)}'yyyy` }), '2026-01-01']])
const shownNumber = tableOf([
  [givenColumn('c', 'float', { format: { decimals: 30, grouping: true } }), '-1.7976931348623157e308'],
])

const delimited = (options: CsvOptions): Partial<FormatContext> => ({ options: { title: 'Orders', csv: options } })
const session: Partial<FormatContext> = { timeZone: '+09:00' }
const inCp932: Partial<FormatContext> = { ...delimited({ unmappable: 'replace' }), charset: cp932('replace') }

const textual: [name: string, Format, Table, Partial<FormatContext>][] = [
  ['kinds.csv', csv, kinds, {}],
  ['kinds-quoted.csv', csv, kinds, delimited({ alwaysQuote: true, delimiter: ';', lineEnding: '\n' })],
  ['kinds-null.csv', csv, kinds, delimited({ nullText: '0', neutralizeFormulas: false })],
  ['kinds.tsv', tsv, kinds, {}],
  ['kinds.jsonl', jsonl, kinds, {}],
  ['transformed.csv', csv, transformed, session],
  ['transformed.jsonl', jsonl, transformed, session],
  ['shown-quotes.csv', csv, shownQuotes, {}],
  ['shown-controls.jsonl', jsonl, shownControls, {}],
  ['shown-number.csv', csv, shownNumber, {}],
  ['shown-number.jsonl', jsonl, shownNumber, {}],
  [
    'nulls.csv',
    csv,
    {
      ...texts,
      rows: [
        [null, null],
        [null, null],
      ],
    },
    delimited({ nullText: 'a long text for NULL' }),
  ],
  ['texts.csv', csv, texts, {}],
  ['texts-bar.csv', csv, texts, delimited({ delimiter: '|' })],
  ['texts-cp932.csv', csv, texts, inCp932],
  ['texts.tsv', tsv, texts, {}],
  ['texts.jsonl', jsonl, texts, {}],
]

describe('the bytes are as expected', () => {
  test.each(textual)('in %s', async (name, format, { columns, rows }, context) => {
    const file = await encodeWith(format, columns, rows, 1000, context)
    expectSame(name, file)
  })

  test.each(textual)(
    'in %s if each row finds exactly the room that it asks for',
    async (name, format, table, context) => {
      expectSame(name, await encodedTightly(format, table, context))
    },
  )

  test.each([
    ['kinds.xlsx.xml', kinds, session],
    ['transformed.xlsx.xml', transformed, session],
    ['texts.xlsx.xml', texts, {}],
  ] as const)('in %s, apart from their compression', async (name, { columns, rows }, context) => {
    expectSame(name, await unzipped(await encodeWith(xlsx, columns, rows, 1000, context)))
  })

  test('in kinds.parquet.txt, apart from their compression', async () => {
    const rows = Array.from({ length: 60 }, () => kinds.rows).flat()
    expectSame('kinds.parquet.txt', await described(await encodeWith(parquet, kinds.columns, rows, 1000, session)))
  })
})

describe.each([
  ['CSV', csv, {}],
  ['CSV with quotes', csv, { alwaysQuote: true }],
  ['JSON Lines', jsonl, {}],
])('%s', (_, format, options) => {
  const columns = [givenColumn('text', 'text')]
  const batch = givenBatch([['first'], ['second'], ['third'], ['fourth']])
  const encode = (from: number, to: number, limit: number) => {
    const output = new Output(limit, 0)
    return { row: format.open(givenContext(columns, delimited(options))).rows(batch, from, to, output), output }
  }
  const twoRows = encode(1, 3, 1000).output.length

  test('stops after the row with which the output reaches its limit', () => {
    expect(encode(1, 4, twoRows - 1).row).toBe(3)
    expect(encode(1, 4, twoRows).row).toBe(3)
    expect(encode(1, 4, twoRows + 1).row).toBe(4)
    expect(encode(1, 4, 1).row).toBe(2)
  })

  test('writes the rows that it is asked for, if the output has room for them', () => {
    expect(encode(1, 3, 1000).row).toBe(3)
    expect(encode(2, 4, 1000).row).toBe(4)
  })
})

test.each([
  ['CSV', csv],
  ['JSON Lines', jsonl],
  ['XLSX', xlsx],
  ['Parquet', parquet],
])('%s has a selection of the query’s columns in the file’s order', async (_, format) => {
  const columns = (['text', 'integer', 'date'] as const).map((kind, index) => ({
    ...givenColumn(kind, kind, { precision: 8 }),
    index,
  }))
  const rows: Row[] = [
    ['a1', '-12', '2026-02-28'],
    ['', '345', null],
  ]
  for (const selection of [[0], [2], [0, 1], [1, 2], [2, 1, 0], [1, 0, 2]]) {
    const selected = selection.map((index) => columns[index]!)
    const own = rows.map((row) => selection.map((index) => row[index]!))
    const file = await encodeWith(format, columns, rows, 10, { columns: selected, fieldCount: columns.length })
    expect(file.equals(await encodeWith(format, selected, own))).toBe(true)
  }
})

describe('the expected files are right by other programs’ reading:', () => {
  const rowsOf = (name: string, delimiter = ',') => readDelimited(readFileSync(join(EXPECTED, name)), { delimiter })
  const expected = texts.rows.map(([text, n]) => [text, n])

  test('texts.csv and texts.tsv, apart from the apostrophe before formulas', () => {
    const neutral = expected.map(([text, n]) => [/^[=+\-@\t\r\n]/.test(text as string) ? `'${text}` : text, n])
    expect(rowsOf('texts.csv')).toEqual(neutral)
    expect(rowsOf('texts-bar.csv', '|')).toEqual(neutral)
    expect(rowsOf('texts.tsv', '\t')).toEqual(neutral)
  })

  test('texts.jsonl', () => {
    const read = readJsonl(readFileSync(join(EXPECTED, 'texts.jsonl')))
    expect(read.map(({ text, n }) => [text, (n as { number: string }).number])).toEqual(expected)
  })
})

function tableOf(columns: [Column, ...Row][]): Table {
  const rows = columns[0]!.length - 1
  return {
    columns: columns.map(([column]) => column),
    rows: [
      ...Array.from({ length: rows }, (_, i): Row => columns.map((column) => column[i + 1] as Row[number])),
      columns.map(() => null),
    ],
  }
}

function expectSame(name: string, bytes: Buffer) {
  const path = join(EXPECTED, name)
  if (process.env.CARRYOUT_WRITE_BYTES) {
    mkdirSync(EXPECTED, { recursive: true })
    writeFileSync(path, bytes)
  }
  expect(existsSync(path)).toBe(true)
  // Lines show a difference better than bytes. Latin-1 keeps every byte apart.
  expect(bytes.toString('latin1').split('\n')).toEqual(readFileSync(path, 'latin1').split('\n'))
}

/** Encodes each row into an output of its own, which is as large as the encoder asks for first. */
async function encodedTightly(format: Format, { columns, rows }: Table, context: Partial<FormatContext>) {
  const encoder = format.open(givenContext(columns, context))
  const pieces: Buffer[] = []
  const into = async (write: (output: Output) => unknown) => {
    const output = new Output(0, 0)
    await write(output)
    pieces.push(output.written)
  }
  await into((output) => encoder.head(output))
  for (const row of rows) await into((output) => encoder.rows(givenBatch([row]), 0, 1, output))
  await into((output) => encoder.tail(output))
  return Buffer.concat(pieces)
}

async function unzipped(file: Buffer): Promise<Buffer> {
  const { files } = await JSZip.loadAsync(file, { checkCRC32: true })
  const parts = Object.values(files).map(async (part) => `${part.name}\n${await part.async('string')}\n`)
  return Buffer.from((await Promise.all(parts)).join('').replaceAll('<row ', '\n<row '))
}

/** The metadata of a Parquet file, without sizes and places that depend on its compression, and its rows. */
async function described(bytes: Buffer): Promise<Buffer> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
  const { metadata_length, ...metadata } = parquetMetadata(file)
  const rows = await parquetReadObjects({
    file,
    compressors: { ZSTD: (page) => zstdDecompressSync(page) },
    parsers: { timestampFromMicroseconds: (micros) => micros as never },
    utf8: false,
  })
  const plain = (key: string, value: unknown) => {
    if (/(?:^total_compressed_size|offset)$/.test(key)) return undefined
    if (typeof value === 'bigint') return String(value)
    return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
  }
  return Buffer.from(`${JSON.stringify({ metadata, rows: rows.slice(0, kinds.rows.length) }, plain, 1)}\n`)
}
