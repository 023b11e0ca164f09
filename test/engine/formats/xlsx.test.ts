import ExcelJS from 'exceljs'
import type { FormatContext } from '../../../engine/formats/format.ts'
import { SHEET_LIMITS, type SheetLimits, XlsxEncoder, xlsx } from '../../../engine/formats/xlsx.ts'
import type { ColumnKind } from '../../../engine/rows/column.ts'
import { Output } from '../../../engine/rows/output.ts'
import { encodeWith, givenBatch, givenColumn, givenContext, type Row } from './support.ts'

describe('an XLSX file', () => {
  test('has numbers, dates and text by the column’s type', async () => {
    const sheet = await readBack(
      [column('id', 'integer'), column('amount', 'decimal', 2), column('day', 'date'), column('at', 'datetime', 3)],
      [['42', '-12.50', '2026-02-28', '2026-02-28 13:05:09.250']],
    )
    expect(sheet.getRow(2).values).toEqual([
      undefined,
      42,
      -12.5,
      new Date('2026-02-28T00:00:00Z'),
      new Date('2026-02-28T13:05:09.250Z'),
    ])
    expect(sheet.getCell('B2').numFmt).toBe('0.00')
    expect(sheet.getCell('C2').numFmt).toBe('yyyy-mm-dd')
  })

  test.each<[string, ColumnKind, string | number]>([
    ['123456789012345', 'integer', 123456789012345],
    ['1234567890123456', 'integer', '1234567890123456'],
    ['18446744073709551615', 'integer', '18446744073709551615'],
    ['-0.00000000000000000001', 'decimal', -1e-20],
    ['12.50000000000000000000', 'decimal', 12.5],
    ['12.50000000000000000001', 'decimal', '12.50000000000000000001'],
    ['1.7976931348623157e308', 'float', 1.7976931348623157e308],
    ['2026', 'year', 2026],
    ['0000-00-00', 'date', '0000-00-00'],
    ['1900-02-28', 'date', '1900-02-28'],
    ['2026-01-01 00:00:00.000001', 'datetime', '2026-01-01 00:00:00.000001'],
    ['-01:00:00', 'time', '-01:00:00'],
    ['00123', 'text', '00123'],
    [' a\tb\n"c" <d> & e ', 'text', ' a\tb\n"c" <d> & e '],
    ['受注😀', 'text', '受注😀'],
    ['=1+1', 'text', '=1+1'],
    ['{"a":1}', 'json', '{"a":1}'],
  ])('keeps %s of kind %s', async (text, kind, value) => {
    const sheet = await readBack([column('c', kind)], [[text]])
    expect(sheet.getCell('A2').value).toEqual(value)
  })

  test('keeps what XML cannot hold, and text that looks like its escape', async () => {
    const xml = await sheetXml([column('c', 'text')], [['a\u0001\r\nb'], ['_x0041_ _x_'], ['__xFFFF_']])
    expect(xml).toContain('>a_x0001__x000D_\nb<')
    expect(xml).toContain('>_x005F_x0041_ _x_<')
    expect(xml).toContain('>__x005F_xFFFF_<')
    const last = await sheetXml([column('c', 'text')], [['a\uFFFE\uFFFFｱ＝\uFFFD\u{1FFFF}']])
    expect(last).toContain('>a_xFFFE__xFFFF_ｱ＝\uFFFD\u{1FFFF}<')
  })

  test.each(['\u0001', '\r', '\u001f', '\ufffe', '\uffff', '_x0042_', '_', '\ufffd', '\n', '&', 'a'])(
    'is read back unchanged if what looks like an escape ends with %j',
    async (end) => {
      const texts = [`_x0041${end}`, `_x0041${end}x0042_`, `__x0041${end}_`, `${end}x0041${end}`]
      const xml = await sheetXml(
        [column('c', 'text')],
        texts.map((text) => [text]),
      )
      const written = Array.from(xml.matchAll(/<t(?: xml:space="preserve")?>([^<]*)</g), ([, text]) => readAs(text!))
      expect(written).toEqual(['c', ...texts])
    },
  )

  test.each<[ColumnKind, number, string]>([
    ['datetime', 3, 'yyyy-mm-dd hh:mm:ss.000'],
    ['datetime', 6, 'yyyy-mm-dd hh:mm:ss.000'],
    ['timestamp', 4, 'yyyy-mm-dd hh:mm:ss.000'],
    ['time', 5, '[hh]:mm:ss.000'],
    ['time', 2, '[hh]:mm:ss.00'],
    ['datetime', 0, 'yyyy-mm-dd hh:mm:ss'],
    ['decimal', 6, '0.000000'],
  ])('shows a %s of %i digits by a number format that spreadsheets have', async (kind, scale, format) => {
    const text = kind === 'decimal' ? '1' : kind === 'time' ? '01:02:03.250000' : '2026-02-28 13:05:09.250000'
    const sheet = await readBack([column('c', kind, scale)], [[text]])
    expect(sheet.getCell('A2').numFmt.replaceAll('\\', '')).toBe(format)
    expect(typeof sheet.getCell('A2').value).not.toBe('string')
  })

  test.each([
    ['受注一覧', '受注一覧'],
    ['a:b\\c/d?e*f[g]', 'a b c d e f g'],
    ["[x]'Orders'", "x 'Orders"],
    ["' '", 'Sheet'],
    ['History', 'History_'],
    ['HISTORY?', 'HISTORY_'],
    ['a\u0001b\ufffec\uffff', 'a b c'],
    ['R&D <1>', 'R&amp;D &lt;1&gt;'],
    [`${'a'.repeat(30)}'b`, 'a'.repeat(30)],
    [`${'a'.repeat(30)} b`, 'a'.repeat(30)],
    [`${'a'.repeat(30)}😀`, 'a'.repeat(30)],
  ])('names the sheet of %j %j', async (title, name) => {
    expect((await sheetNames(title))[0]).toBe(name)
  })

  test('numbers further sheets within the maximum length of a name', async () => {
    const limits = { ...SHEET_LIMITS, rows: 2 }
    const base = 'a'.repeat(26)
    expect(await sheetNames(`${base}''bcdef`, limits)).toEqual([`${base}''bcd`, `${base} (2)`, `${base} (3)`])
    expect(await sheetNames('History', limits)).toEqual(['History_', 'History_ (2)', 'History_ (3)'])
  })

  test('shows numbers and dates in a column’s format, and keeps their values', async () => {
    const columns = [
      { ...column('amount', 'decimal', 4), format: { decimals: 2, grouping: true } },
      { ...column('id', 'integer'), format: { grouping: true } },
      { ...column('at', 'datetime', 6), format: 'yyyy年M月d日 HH:mm' },
    ]
    const sheet = await readBack(columns, [
      ['1234.5678', '42', '2026-02-28 13:05:09.250000'],
      ['12345678901234567890.0000', '12345678901234567', '2026-02-28 13:05:09.250001'],
      [null, null, '0000-00-00 00:00:00.000000'],
    ])
    expect(sheet.getRow(2).values).toEqual([undefined, 1234.5678, 42, new Date('2026-02-28T13:05:09.250Z')])
    expect([1, 2, 3].map((i) => sheet.getCell(2, i).numFmt)).toEqual([
      '#,##0.00',
      '#,##0',
      'yyyy"年"m"月"d"日"" "hh:mm',
    ])
    expect(sheet.getRow(3).values).toEqual([
      undefined,
      '12,345,678,901,234,567,890.00',
      '12,345,678,901,234,567',
      '2026年2月28日 13:05',
    ])
    expect(sheet.getCell('C4').value).toBe('0000年0月0日 00:00')
  })

  test.each<[ColumnKind, string, unknown]>([
    ['integer', '7', 7],
    ['integer', '<7>', '<7>'],
    ['decimal', '1e21', 1e21],
    ['float', '1e999', '1e999'],
    ['date', '2026-01-01', new Date('2026-01-01')],
    ['date', 'tomorrow!', 'tomorrow!'],
    ['datetime', '2026-01-01T12:00:00.250Z', new Date('2026-01-01T12:00:00.250Z')],
    ['timestamp', '2026-01-01T12:00:00.000Z', new Date('2026-01-01T12:00:00Z')],
    ['date', '2026-01-01T00:00:00.000Z', new Date('2026-01-01')],
    ['datetime', '1850-01-01T00:00:00.000Z', '1850-01-01 00:00:00.000'],
    ['datetime', '2026-01-01 99:99:99', '2026-01-01 99:99:99'],
    ['datetime', '2026-02-31T00:00:00.000Z', '2026-02-31T00:00:00.000Z'],
    ['integer', '00007', '00007'],
    ['decimal', '-007.50', '-007.50'],
    ['year', '0000', 0],
    ['float', '1e400', '1e400'],
    ['float', '0.30000000000000004', 0.30000000000000004],
    ['float', '9007199254740993', '9007199254740993'],
    ['float', '18446744073709551616', 2 ** 64],
    ['time', '99:99:99', '99:99:99'],
    ['time', '12:00', '12:00'],
  ])(
    'treats a row function’s result for a column of kind %s as a value only if it is one: %s',
    async (kind, text, value) => {
      const sheet = await readBack([{ ...column('c', kind), transformedFrom: kind }], [[text]])
      expect(sheet.getCell('A2').value).toEqual(value)
    },
  )

  test('has a row function’s Date in the session’s time zone for a TIMESTAMP', async () => {
    const columns = [{ ...column('c', 'timestamp'), transformedFrom: 'timestamp' as const }]
    for (const [timeZone, shown] of [
      ['+09:00', '2026-02-01T05:00:00Z'],
      ['America/New_York', '2026-01-31T15:00:00Z'],
    ] as const) {
      const sheet = await readBack(columns, [['2026-01-31T20:00:00.000Z']], timeZone)
      expect(sheet.getCell('A2').value).toEqual(new Date(shown))
    }
  })

  test('treats a ZEROFILL number as a number even after a row function', async () => {
    const columns = [{ ...column('c', 'integer'), zerofill: true, transformedFrom: 'integer' as const }]
    expect((await readBack(columns, [['00042']])).getCell('A2').value).toBe(42)
  })

  test('has an invalid date as text', async () => {
    const sheet = await readBack([column('c', 'date')], [['2026-02-31'], ['2024-02-29']])
    expect(sheet.getCell('A2').value).toBe('2026-02-31')
    expect(sheet.getCell('A3').value).toEqual(new Date('2024-02-29'))
  })

  test('omits the cell of a NULL', async () => {
    const sheet = await readBack([column('a', 'text'), column('b', 'text')], [[null, 'x']])
    expect(sheet.getRow(2).values).toEqual([undefined, undefined, 'x'])
  })

  test('has an empty text for an empty string', async () => {
    const xml = await sheetXml([column('c', 'text')], [['']])
    expect(xml).toContain('<c r="A2" t="inlineStr"><is><t></t></is></c>')
  })

  test.each([' a', 'a\n', '\t', '  two  words  '])('keeps the space at the ends of %j', async (text) => {
    const xml = await sheetXml([column('c', 'text')], [[text]])
    expect(xml).toContain(`<t xml:space="preserve">${text}</t>`)
    expect((await readBack([column('c', 'text')], [[text]])).getCell('A2').value).toBe(text)
  })

  test.each([
    ['&', '&amp;'],
    ['<', '&lt;'],
    ['>', '&gt;'],
    ['\u0001', '_x0001_'],
    ['_x0041_', '_x005F_x0041_'],
    ['_x', '_x'],
    ['\uffff', '_xFFFF_'],
    ['\uf8ff', '\uf8ff'],
  ])('writes %j as %j anywhere in a text', async (character, expected) => {
    const around = (middle: string, before: number) => `${'b'.repeat(before)}${middle}${'a'.repeat(8 - before)}`
    const places = Array.from({ length: 9 }, (_, before) => before)
    const xml = await sheetXml(
      [column('c', 'text')],
      places.map((before) => [around(character, before)]),
    )
    for (const before of places) expect(xml).toContain(`>${around(expected, before)}</t>`)
  })

  test('has bytes as base64 and bits as their number', async () => {
    const sheet = await readBack(
      [column('a', 'binary'), column('b', 'bit'), column('c', 'bit')],
      [[Buffer.from([0, 255, 1]), Buffer.from([1, 0]), Buffer.alloc(8, 255)]],
    )
    expect(sheet.getRow(2).values).toEqual([undefined, 'AP8B', 256, '18446744073709551615'])
  })

  test('has its headings in the first row, frozen and styled, also when there are no rows', async () => {
    const sheet = await readBack([{ ...column('id', 'integer'), heading: '注文番号 <&>' }], [])
    expect(sheet.getCell('A1').value).toBe('注文番号 <&>')
    expect(sheet.getCell('A1').font).toMatchObject({ bold: true })
    expect(sheet.getCell('A1').fill).toMatchObject({ pattern: 'solid', fgColor: { argb: 'FFE7ECF2' } })
    expect(sheet.views[0]).toMatchObject({ state: 'frozen', ySplit: 1 })
    expect(sheet.rowCount).toBe(1)
  })

  test('escapes headings like text', async () => {
    const headings = ['a\u0001\r\nb', '_x0041_', ' <&>"', '受注\uffff']
    const xml = await sheetXml(
      headings.map((heading) => ({ ...column('c', 'text'), heading })),
      [],
    )
    const written = Array.from(xml.matchAll(/<t xml:space="preserve">(.*?)<\/t>/gs), ([, text]) => text)
    expect(written).toEqual(['a_x0001__x000D_\nb', '_x005F_x0041_', ' &lt;&amp;&gt;"', '受注_xFFFF_'])
  })

  test('makes columns as wide as their type and their heading need', async () => {
    const columns = [
      column('id', 'integer'),
      givenColumn('amount', 'decimal', { precision: 8, scale: 2 }),
      givenColumn('huge', 'decimal', { precision: 65, scale: 30 }),
      column('day', 'date'),
      column('at', 'datetime'),
      column('stamp', 'timestamp', 3),
      column('time', 'time'),
      column('bits', 'bit'),
      column('float', 'float'),
      column('bytes', 'binary'),
      column('exact', 'datetime', 6),
      column('note', 'text'),
      column('j', 'json'),
      column('a heading of many letters, beyond the type', 'year'),
      { ...column('y', 'year'), heading: '受注年月日' },
      { ...column('long', 'text'), heading: 'あ'.repeat(100) },
    ]
    const sheet = await readBack(columns, [])
    expect(sheet.columns.map(({ width }) => width)).toEqual([
      12, 11, 20, 12, 20, 24, 11, 12, 14, 24, 27, 24, 40, 44, 12, 60,
    ])
  })

  test('refuses a text that exceeds a cell, naming row and column', async () => {
    const long = 'あ'.repeat(32_768)
    await expect(encodeWith(xlsx, [column('note', 'text')], [['x'], [long]])).rejects.toThrow(
      "row 2, column note: the text has 32768 characters, but a spreadsheet's cell holds at most 32767",
    )
    const sheet = await readBack([column('note', 'text')], [[long.slice(1)]])
    expect(sheet.getCell('A2').value).toHaveLength(32_767)
  })

  test('continues on another sheet when one is full', async () => {
    const rows = Array.from({ length: 1_048_576 }, (_, i): Row => [String(i)])
    const entries = await unzip(await encodeWith(xlsx, [column('id', 'integer')], rows))
    expect(entries.get('xl/workbook.xml')).toContain('<sheet name="Orders (2)" sheetId="2" r:id="rId2"/>')
    expect(entries.get('xl/worksheets/sheet1.xml')).toContain('<row r="1048576"><c r="A1048576" s="2"><v>1048574</v>')
    expect(entries.get('xl/worksheets/sheet2.xml')).toMatch(
      /<row r="2"><c r="A2" s="2"><v>1048575<\/v><\/c><\/row><\/sheetData>/,
    )
  })

  test('begins another sheet before one has 4 GiB of XML, with frozen headings', async () => {
    expect(SHEET_LIMITS.bytes).toBeLessThan(2 ** 32 - 2 ** 26)
    const rows = Array.from({ length: 30_000 }, (_, i): Row => [String(i), `note ${i}`])
    const bytes = 2 << 20
    const file = await encodeWith(
      limited({ ...SHEET_LIMITS, bytes }),
      [column('id', 'integer'), column('note', 'text')],
      rows,
    )
    const workbook = new ExcelJS.Workbook()
    await workbook.xlsx.load(file as never)
    expect(workbook.worksheets.map(({ name }) => name)).toEqual(['Orders', 'Orders (2)'])
    const values: unknown[] = []
    for (const sheet of workbook.worksheets) {
      expect(sheet.getRow(1).values).toEqual([undefined, 'id', 'note'])
      expect(sheet.getCell('B1').font).toMatchObject({ bold: true })
      expect(sheet.views[0]).toMatchObject({ state: 'frozen', ySplit: 1 })
      for (let row = 2; row <= sheet.rowCount; row++) values.push(sheet.getRow(row).getCell(1).value)
    }
    expect(values).toEqual(rows.map((_, i) => i))
    const sizes = Array.from(await unzip(file), ([, xml]) => xml.length)
    // What is noticed only once it is compressed, and the rows that wait for it.
    expect(Math.max(...sizes)).toBeLessThan(bytes + (2 << 20))
  })

  test('has room for a row of the longest texts', async () => {
    const columns = Array.from({ length: 80 }, (_, i) => column(`c${i}`, 'text'))
    const row = columns.map((_, i) => String(i).padEnd(32_767, 'x'))
    const xml = await sheetXml(columns, [row, row])
    expect(Array.from(xml.matchAll(/<t>(.*?)<\/t>/g), ([, text]) => text)).toEqual([...row, ...row])
  })

  test('stops after rows with which the output reaches its limit', async () => {
    const columns = [column('id', 'integer')]
    const batch = givenBatch(Array.from({ length: 60_000 }, (_, i): Row => [String(i)]))
    const rowsFor = async (limit: number) => {
      const output = new Output(limit)
      const encoder = xlsx.open(givenContext(columns))
      await encoder.head(output)
      return await encoder.rows(batch, 0, batch.rows, output)
    }
    const row = await rowsFor(1)
    // A row takes about fifty bytes of XML, and about a megabyte of it is compressed at once.
    expect(row).toBeGreaterThan(10_000)
    expect(row).toBeLessThan(30_000)
    expect(await rowsFor(1 << 24)).toBe(batch.rows)
  })

  test('has the same bytes whatever the batches are', async () => {
    const rows = Array.from({ length: 50_000 }, (_, i): Row => [String(i), `note ${i * 7919}`])
    const columns = [column('id', 'integer'), column('note', 'text')]
    const whole = await encodeWith(xlsx, columns, rows)
    expect((await encodeWith(xlsx, columns, rows, 777)).equals(whole)).toBe(true)
  })
})

const column = (name: string, kind: ColumnKind, scale: number | null = null) => givenColumn(name, kind, { scale })

const limited = (limits: SheetLimits) => ({
  ...xlsx,
  open: (context: FormatContext) => new XlsxEncoder(context, limits),
})

/** As the XML has them, of a file with three rows. */
async function sheetNames(title: string, limits = SHEET_LIMITS): Promise<(string | undefined)[]> {
  const rows: Row[] = [['1'], ['2'], ['3']]
  const options = { options: { title, csv: {} } }
  const entries = await unzip(await encodeWith(limited(limits), [column('id', 'integer')], rows, 10, options))
  return Array.from(entries.get('xl/workbook.xml')!.matchAll(/<sheet name="([^"]*)"/g), ([, name]) => name)
}

/** Decodes XML text like a spreadsheet: from left to right, each escape once. */
function readAs(xml: string): string {
  const text = xml.replaceAll('&amp;', '&')
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)))
}

async function readBack(columns: ReturnType<typeof column>[], rows: Row[], timeZone = '+00:00') {
  const workbook = new ExcelJS.Workbook()
  await workbook.xlsx.load((await encodeWith(xlsx, columns, rows, 10_000, { timeZone })) as never)
  return workbook.worksheets[0]!
}

async function sheetXml(columns: ReturnType<typeof column>[], rows: Row[]) {
  return (await unzip(await encodeWith(xlsx, columns, rows))).get('xl/worksheets/sheet1.xml')!
}

async function unzip(bytes: Buffer): Promise<Map<string, string>> {
  const { default: JSZip } = await import('jszip')
  const zip = await JSZip.loadAsync(bytes)
  const entries = Object.values(zip.files).map(async (file) => [file.name, await file.async('string')] as const)
  return new Map(await Promise.all(entries))
}
