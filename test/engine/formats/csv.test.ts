import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { utf8Bom } from '../../../engine/charsets/charset.ts'
import { cp932 } from '../../../engine/charsets/cp932.ts'
import { csv, tsv } from '../../../engine/formats/csv.ts'
import type { CsvOptions } from '../../../engine/formats/format.ts'
import { Output } from '../../../engine/rows/output.ts'
import { UnmappableCharacter } from '../../../statemachine/errors.ts'
import { encodeWith, givenBatch, givenColumn, givenContext, type Row } from './support.ts'

const texts = (...names: string[]) => names.map((name) => givenColumn(name, 'text'))
const csvOf = async (columns: ReturnType<typeof givenColumn>[], rows: Row[], options: CsvOptions = {}) =>
  (await encodeWith(csv, columns, rows, 10, { options: { title: '', csv: options } })).toString()

it('ends each line with CR LF, as RFC 4180 requires', async () => {
  expect(await csvOf(texts('a', 'b'), [['1', '2']])).toBe('a,b\r\n1,2\r\n')
})

it('quotes fields with a comma, a quote or a line break, and doubles quotes', async () => {
  const rows: Row[] = [
    ['a,b', 'say "hi"'],
    ['two\nlines', 'cr\rhere'],
    ['"', '""'],
  ]
  expect(await csvOf(texts('x', 'y'), rows)).toBe(
    'x,y\r\n"a,b","say ""hi"""\r\n"two\nlines","cr\rhere"\r\n"""",""""""\r\n',
  )
})

it('distinguishes NULL from the empty string', async () => {
  expect(await csvOf(texts('x', 'y'), [[null, '']])).toBe('x,y\r\n,""\r\n')
})

it('writes no empty line for a NULL in a single column', async () => {
  expect(await csvOf(texts('x'), [[null]])).toBe('x\r\n""\r\n')
})

it('writes NULL as configured, and quotes a text that looks the same', async () => {
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

it('accepts another delimiter and line ending', async () => {
  const options = { delimiter: ';', lineEnding: '\n', neutralizeFormulas: false } as const
  expect(await csvOf(texts('x', 'y'), [['a;b', 'c,d']], options)).toBe('x;y\n"a;b";c,d\n')
})

describe('a first heading that begins with ID, which Excel takes for a SYLK file', () => {
  it.each(['ID', 'IDs', 'ID '])('is quoted: %j', async (heading) => {
    expect(await csvOf(texts(heading, 'ID'), [['1', 'ID']])).toBe(`"${heading}",ID\r\n1,ID\r\n`)
    const withMark = await encodeWith(csv, texts(heading), [], 10, { charset: utf8Bom })
    expect(withMark.toString()).toBe(`\ufeff"${heading}"\r\n`)
  })

  it('is quoted once', async () => {
    expect(await csvOf(texts('ID, "old"'), [])).toBe('"ID, ""old"""\r\n')
    expect(await csvOf(texts('ID'), [], { alwaysQuote: true })).toBe('"ID"\r\n')
  })

  it('is unchanged in TSV, and if it is another text', async () => {
    expect((await encodeWith(tsv, texts('ID'), [])).toString()).toBe('ID\r\n')
    expect(await csvOf(texts('id', 'ID'), [])).toBe('id,ID\r\n')
    expect(await csvOf(texts('No. ID'), [])).toBe('No. ID\r\n')
  })
})

it('quotes times when the delimiter is a colon', async () => {
  const columns = [givenColumn('at', 'time'), givenColumn('n', 'integer')]
  expect(await csvOf(columns, [['10:00:00', '1']], { delimiter: ':' })).toBe('at:n\r\n"10:00:00":1\r\n')
})

it('separates by tabs as TSV, and quotes a tab in a text', async () => {
  const options = { title: '', csv: { neutralizeFormulas: false } }
  const file = await encodeWith(tsv, texts('x', 'y'), [['a\tb', 'c,d']], 10, { options })
  expect(file.toString()).toBe('x\ty\r\n"a\tb"\tc,d\r\n')
})

it('writes bytes as base64 and BIT as its number', async () => {
  const columns = [givenColumn('photo', 'binary'), givenColumn('flags', 'bit')]
  const rows: Row[] = [
    [Buffer.from('hello'), Buffer.from('ffffffffffffffff', 'hex')],
    [Buffer.of(), Buffer.of(0)],
  ]
  expect(await csvOf(columns, rows)).toBe('photo,flags\r\naGVsbG8=,18446744073709551615\r\n"",0\r\n')
})

it('begins with a byte order mark for Excel if requested', async () => {
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
  const rows = [
    ['a', 'b'],
    ['a', '😀'],
  ]
  for (const nullText of ['', 'NULL']) {
    const context = { charset: cp932(), options: { title: '', csv: { nullText } } }
    const file = encodeWith(csv, texts('name', 'note'), rows, 10, context)
    await expect(file).rejects.toThrow(UnmappableCharacter)
    await expect(file).rejects.toThrow(
      "row 2, column note: the character 😀 (U+1F600) does not exist in cp932: request utf-8, or set csv.unmappable to 'replace'",
    )
  }
})

describe('room', () => {
  const kinds = ['text', 'text', 'binary', 'bit', 'integer', 'text'] as const
  const columns = kinds.map((kind, index) => givenColumn(`c${index}`, kind))
  const shown = [givenColumn('at', 'date', { format: `'${'"'.repeat(200)}'yyyy` })]
  const wide = [givenColumn('n', 'float', { format: { decimals: 30, grouping: true } })]
  const flags = Buffer.alloc(8, 0xff)
  const rows: Row[] = [
    ['Q'.repeat(200), '=QQQQ', Buffer.of(1), flags, '-1', 'QQ'],
    ['', '=', Buffer.of(), Buffer.of(0xff), '0', ''],
    ['', 'Q', Buffer.of(), flags, null, null],
    [null, null, null, null, null, null],
    ['QあQ'.repeat(50), '=ソQ', Buffer.of(1), flags, '1', 'Qあ'],
  ].map((row) => row.map((value) => (typeof value === 'string' ? value.replaceAll('Q', '"') : value)))

  it.each([
    {},
    { nullText: 'a text for NULL' },
    { alwaysQuote: true },
    { neutralizeFormulas: false, lineEnding: '\n' },
  ] as CsvOptions[])('is enough for all that is added to a row, with the options %j', async (options) => {
    for (const charset of [utf8Bom, cp932()]) {
      for (const own of [
        ...rows.map((row) => ({ columns, row })),
        { columns: shown, row: ['2026-01-01'] },
        { columns: wide, row: ['-1.7976931348623157e308'] },
      ]) {
        const context = { charset, options: { title: '', csv: options } }
        const output = new Output(0, 0)
        csv.open(givenContext(own.columns, context)).rows(givenBatch([own.row]), 0, 1, output)
        const file = await encodeWith(csv, own.columns, [own.row], 10, context)
        expect(output.length).toBeGreaterThanOrEqual(own.columns.length)
        expect(file.subarray(-output.length).equals(output.written)).toBe(true)
      }
    }
  })

  it('is enough for headings', () => {
    for (const charset of [utf8Bom, cp932()]) {
      for (const heading of ['"'.repeat(100), '"あ', '"']) {
        const output = new Output(0, 0)
        csv.open(givenContext(texts(heading, 'b'), { charset })).head(output)
        expect(parse(new TextDecoder(charset.label).decode(output.written), { bom: true })).toEqual([[heading, 'b']])
      }
    }
  })

  it('is not used beyond the row with which the output is full', () => {
    for (const options of [{}, { nullText: 'NULL' }]) {
      const encoder = csv.open(givenContext(texts('a'), { options: { title: '', csv: options } }))
      const batch = givenBatch([['1'], ['2'], ['3']])
      const output = new Output(6)
      expect(encoder.rows(batch, 0, 3, output)).toBe(2)
      expect(output.written.toString()).toBe('1\r\n2\r\n')
      output.length = 0
      expect(encoder.rows(batch, 2, 3, output)).toBe(3)
      expect(output.written.toString()).toBe('3\r\n')
    }
  })
})

it('is read back unchanged by another parser, whatever the rows are', async () => {
  const value = fc.option(
    fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', 'a', ' ', 'é') })),
  )
  const table = fc
    .integer({ min: 2, max: 5 })
    .chain((width) => fc.array(fc.array(value, { minLength: width, maxLength: width }), { minLength: 1 }))
  await fc.assert(
    fc.asyncProperty(table, fc.constantFrom(',', ';', '|'), fc.boolean(), async (rows, delimiter, alwaysQuote) => {
      const columns = texts(...rows[0]!.map((_, index) => `c${index}`))
      const file = await csvOf(columns, rows, { delimiter, alwaysQuote, neutralizeFormulas: false })
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

it('writes fields with every form of length prefix', async () => {
  const lengths = [0, 1, 250, 251, 65_535, 65_536, 300_000]
  const rows: Row[] = lengths.map((length) => ['x'.repeat(length), 'y'])
  expect(parse(await csvOf(texts('a', 'b'), rows), { from_line: 2 })).toEqual(rows)
})

describe('a text that a spreadsheet would take for a formula', () => {
  it.each(['=1+1', '+81 3-1234-5678', '-Dash-', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '='])(
    'has a single quote before it and is quoted: %j',
    async (text) => {
      expect(await csvOf(texts('x', 'y'), [[text, 'b']])).toBe(`x,y\r\n"'${text}",b\r\n`)
      expect(await csvOf(texts('y', 'x'), [['b', text]], { alwaysQuote: true })).toBe(`"y","x"\r\n"b","'${text}"\r\n`)
    },
  )

  it('cannot begin a new cell with quotes and delimiters', async () => {
    const file = await csvOf(texts('x', 'y'), [['=a",=b\r\n=c', 'd']])
    expect(file).toBe('x,y\r\n"\'=a"",=b\r\n=c",d\r\n')
    expect(parse(file, { from_line: 2 })).toEqual([['\'=a",=b\r\n=c', 'd']])
  })

  it.each([',', ';', '\t', '|'])(
    'cannot begin a cell after another delimiter, where the file’s is %j',
    async (delimiter) => {
      for (const separator of [',', ';', '\t', delimiter]) {
        for (const text of [`a${separator}=1+1`, `a${separator}`, separator, `a longer text${separator}@SUM(A1)`]) {
          const file = await csvOf(texts('x', 'y'), [[text, 'b']], { delimiter })
          const value = separator === '\t' && text === separator ? "'\t" : text
          expect(file).toBe(`x${delimiter}y\r\n"${value}"${delimiter}b\r\n`)
          const picked = await csvOf(texts('x', 'y'), [[text, null]], { delimiter, nullText: '-' })
          expect(picked).toBe(`x${delimiter}y\r\n"${value}"${delimiter}-\r\n`)
        }
      }
    },
  )

  it('is neutralised in TSV and CP932, too', async () => {
    expect((await encodeWith(tsv, texts('x'), [['=1']])).toString()).toBe('x\r\n"\'=1"\r\n')
    const file = await encodeWith(csv, texts('x'), [['=佐藤']], 10, { charset: cp932() })
    expect(new TextDecoder('shift_jis').decode(file)).toBe('x\r\n"\'=佐藤"\r\n')
  })

  it('is unchanged if the export says so', async () => {
    const rows: Row[] = [
      ['=1+1', '-'],
      ['a;=1+1', 'b\t=1'],
      ['a\u0001b', '\u0001'],
    ]
    expect(await csvOf(texts('x', 'y'), rows, { neutralizeFormulas: false })).toBe(
      'x,y\r\n=1+1,-\r\na;=1+1,b\t=1\r\na\u0001b,\u0001\r\n',
    )
  })

  it('is not a negative number, time or date, and no heading', async () => {
    const kinds = ['integer', 'decimal', 'float', 'time', 'date', 'json'] as const
    const row = ['-1', '-12.50', '-1.5e-7', '-01:30:00', '0000-00-00', '-5']
    const columns = kinds.map((kind) => givenColumn(`-${kind}`, kind))
    const headings = columns.map(({ heading }) => heading)
    for (const options of [{}, { delimiter: ':' }, { nullText: '-' }, { alwaysQuote: true }] as CsvOptions[]) {
      const file = await csvOf(columns, [row], options)
      expect(parse(file, { delimiter: options.delimiter ?? ',' })).toEqual([headings, row])
    }
  })

  it('is not a number in a column of text, with or without a row function', async () => {
    expect(
      await csvOf(texts('x', 'y'), [
        ['-17', '-0.5'],
        ['-1-1', '-1e'],
      ]),
    ).toBe('x,y\r\n-17,-0.5\r\n"\'-1-1","\'-1e"\r\n')
  })

  it('is not base64, which may begin with +', async () => {
    expect(await csvOf([givenColumn('x', 'binary')], [[Buffer.of(0xfb, 0xff)]])).toBe('x\r\n+/8=\r\n')
  })

  it('is any other text that a row function returns for a number, a date, bytes or JSON', async () => {
    const kinds = ['integer', 'datetime', 'time', 'json'] as const
    const columns = kinds.map((kind) => givenColumn(kind, kind, { transformedFrom: kind }))
    const harmless = ['-1e21', '2026-01-01 00:00:00', '-01:00:00', '-1']
    expect(await csvOf(columns, [harmless])).toContain(`\r\n${harmless.join()}\r\n`)
    expect(parse(await csvOf(columns, [['=1', '-x', '+1:2', '@a,b']]), { from_line: 2 })).toEqual([
      ["'=1", "'-x", "'+1:2", "'@a,b"],
    ])
    const text = [givenColumn('x', 'text', { transformedFrom: 'text' })]
    expect(await csvOf(text, [['-17'], ['-1.7e-7'], ['-17+cmd'], ['=1+1'], ['+17']])).toBe(
      'x\r\n-17\r\n-1.7e-7\r\n"\'-17+cmd"\r\n"\'=1+1"\r\n"\'+17"\r\n',
    )
    const bytes = [givenColumn('bytes', 'text', { transformedFrom: 'binary' })]
    expect(await csvOf(bytes, [['+/8='], ['+a|b!']])).toBe('bytes\r\n+/8=\r\n"\'+a|b!"\r\n')
  })
})

it('quotes what a row function returns for a number, if necessary', async () => {
  const columns = [givenColumn('n', 'integer', { transformedFrom: 'integer' }), givenColumn('x', 'text')]
  expect(await csvOf(columns, [['a,"b"', 'c']])).toBe('n,x\r\n"a,""b""",c\r\n')
})

describe('the text for NULL', () => {
  const inCp932 = (nullText: string) => ({ options: { title: '', csv: { nullText } }, charset: cp932() })

  it('is in the file’s encoding, and a text that looks the same is quoted', async () => {
    const file = await encodeWith(csv, texts('x', 'y'), [[null, '無し']], 10, inCp932('無し'))
    expect(new TextDecoder('shift_jis').decode(file)).toBe('x,y\r\n無し,"無し"\r\n')
  })

  it('is quoted in every kind of column if a value looks the same', async () => {
    const bits = [givenColumn('x', 'bit'), givenColumn('y', 'bit')]
    expect(await csvOf(bits, [[null, Buffer.of(0)]], { nullText: '0' })).toBe('x,y\r\n0,"0"\r\n')
    const bytes = [givenColumn('x', 'binary'), givenColumn('y', 'binary')]
    expect(await csvOf(bytes, [[null, Buffer.from('NULL', 'base64')]], { nullText: 'NULL' })).toBe(
      'x,y\r\nNULL,"NULL"\r\n',
    )
    const shown = [givenColumn('x', 'decimal', { format: { decimals: 0 } }), givenColumn('y', 'integer')]
    expect(
      await csvOf(
        shown,
        [
          ['0.4', null],
          ['1', '0'],
        ],
        { nullText: '0' },
      ),
    ).toBe('x,y\r\n"0",0\r\n1,"0"\r\n')
  })

  it('differs from a text whose characters were replaced', async () => {
    const charset = cp932('replace')
    const options = { title: '', csv: { nullText: '?' } }
    const rows: Row[] = [
      [null, '😀'],
      ['?', '😀😀'],
    ]
    const file = await encodeWith(csv, texts('x', 'y'), rows, 10, { options, charset })
    expect(file.toString()).toBe('x,y\r\n?,"?"\r\n"?",??\r\n')
  })

  it('is refused if the encoding lacks one of its characters', async () => {
    await expect(encodeWith(csv, texts('x'), [[null]], 10, inCp932('∅'))).rejects.toThrow(
      'nullText: the character ∅ (U+2205) does not exist in cp932: request utf-8',
    )
  })
})

describe('a column with a format', () => {
  it('shows numbers and dates formatted, quoted if necessary', async () => {
    const columns = [
      givenColumn('amount', 'decimal', { scale: 4, format: { decimals: 2, grouping: true } }),
      givenColumn('at', 'datetime', { format: 'yyyy年M月d日 HH:mm' }),
      givenColumn('name', 'text'),
    ]
    const rows: Row[] = [
      ['-1234567.8950', '2026-02-03 04:05:06', 'a'],
      ['12.0000', null, '=b'],
      [null, '0000-00-00 00:00:00', null],
    ]
    const expected =
      'amount,at,name\r\n"-1,234,567.90",2026年2月3日 04:05,a\r\n12.00,,"\'=b"\r\n,0000年0月0日 00:00,\r\n'
    expect(await csvOf(columns, rows)).toBe(expected)
    const file = await encodeWith(csv, columns, rows, 10, { charset: cp932() })
    expect(new TextDecoder('shift_jis').decode(file)).toBe(expected)
  })

  it('shows a ZEROFILL number and a row function’s Date, in the session’s time zone for a TIMESTAMP', async () => {
    const columns = [
      givenColumn('n', 'integer', { format: { decimals: 1 } }),
      givenColumn('at', 'datetime', { format: 'yyyy/MM/dd HH:mm', transformedFrom: 'datetime' }),
      givenColumn('stamp', 'timestamp', { format: 'yyyy/MM/dd HH:mm', transformedFrom: 'timestamp' }),
    ]
    const row = ['00042', '2026-01-31T20:00:00.000Z', '2026-01-31T20:00:00.000Z']
    const file = await encodeWith(csv, columns, [row], 10, { timeZone: 'Asia/Tokyo' })
    expect(file.toString()).toBe('n,at,stamp\r\n42.0,2026/01/31 20:00,2026/02/01 05:00\r\n')
  })

  it('has room for whatever the format adds', async () => {
    const format = `'${'"'.repeat(200)}'yyyy`
    const columns = ['a', 'b'].map((name) => givenColumn(name, 'date', { format }))
    const wide = givenColumn('n', 'float', { format: { decimals: 30, grouping: true } })
    const rows: Row[] = Array.from({ length: 3000 }, () => ['2026-01-01', '2026-01-01', '1.7976931348623157e308'])
    const read = parse(await csvOf([...columns, wide], rows), { from_line: 2 }) as string[][]
    expect(new Set(read.map((row) => row.join('|'))).size).toBe(1)
    expect(read[0]![1]).toBe(`${'"'.repeat(200)}2026`)
    expect(read[0]![2]).toHaveLength(309 + 102 + 31)
  })

  it('names the row and column for which a row function returned something else', async () => {
    const columns = [givenColumn('at', 'datetime', { format: 'yyyy', transformedFrom: 'datetime' })]
    await expect(csvOf(columns, [['2026-01-01'], ['soon']])).rejects.toThrow(
      'row 2, column at: the row function must return a date, because the column has a format',
    )
  })
})
