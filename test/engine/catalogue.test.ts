/** What a catalogue accepts, and what it refuses before anything is deployed. */
import { defineCatalogue, defineExport, localize, sql, z } from '../../engine/catalogue.ts'

const least = { name: 'a', title: 'A', query: () => sql`SELECT 1 AS id`, columns: { id: 'Id' } }

it('refuses an option that does not exist, and names the one that was meant', () => {
  expect(() => defineExport({ ...least, colums: {} } as never)).toThrow(
    'The export "a" is not valid: colums is not known; did you mean columns?',
  )
  expect(() => defineExport({ ...least, csv: { delimeter: ';' } as never })).toThrow(
    /csv\.delimeter is not known; did you mean delimiter\?/,
  )
})

it.each([
  [{ name: 'Orders!' }, /name: must be 1 to 64 of a-z 0-9 -/],
  [{ columns: {} }, /columns: must name a column/],
  [{ formats: [] }, /formats: /],
  [{ formats: ['pdf'] }, /formats\[0\]: must be one of csv, tsv, jsonl, xlsx, parquet/],
  [{ columns: { id: { ja: 'あ' } } }, /columns\.id\.heading: must be a text, or \{ en, ja \} with at least en/],
  [{ columns: { id: null } }, /columns\.id\.heading: must be a text, or/],
  [{ title: { en: 'A', jp: '題' } }, /title\.jp is not known; did you mean ja\?/],
  [{ columns: { id: 'Id', '2025': 'FY25' } }, /columns\.2025: a column named by a number loses its place/],
  [
    { formats: ['parquet'], columns: { id: 'A', e: 'a' } },
    /columns\.e: has the same heading as id, and column names must be unique in Parquet/,
  ],
  [
    { formats: ['parquet'], columns: { id: { en: 'A', ja: 'あ' }, e: { en: 'B', ja: 'あ' } } },
    /columns\.e: has the same heading as id/,
  ],
  [{ timeZone: 'Asia/Tokio' }, /timeZone: must be an offset such as \+09:00, or the name of a time zone/],
  [{ timeZone: 'SYSTEM' }, /timeZone: must be an offset/],
  [{ timeZone: '+25:00' }, /timeZone: must be an offset/],
  [{ params: z.object({}) }, /params: must be strict/],
  [{ parallelism: 2 }, /parallelism needs a key/],
  [{ csv: { nullText: 'n,a' } }, /csv\.nullText: must not hold the delimiter/],
  [{ csv: { delimiter: '|', nullText: 'n|a' } }, /csv\.nullText: must not hold the delimiter/],
  [{ csv: { delimiter: '?' } }, /csv\.delimiter: must not be \? or ~, which CP932 writes in place of other characters/],
  [{ csv: { delimiter: '~' } }, /csv\.delimiter: must not be \? or ~/],
  [{ csv: { nullText: '"' } }, /csv\.nullText: must hold no quote/],
  [{ csv: { unmappable: 'skip' } }, /csv\.unmappable must be one of "error", "replace"/],
  [{ csv: { neutralizeFormulas: 0 } }, /csv\.neutralizeFormulas must be a boolean/],
  [{ columns: { id: { heading: '' } } }, /columns\.id\.heading: /],
  [{ csv: { delimiter: '-' } }, /csv\.delimiter: must be a tab or one sign/],
  [{ maxRows: 0 }, /maxRows: /],
  [{ key: '' }, /key: /],
  [{ parallelism: 0 }, /parallelism: /],
  [{ parallelism: 101, key: 'id' }, /parallelism: /],
  [{ columns: { id: { heading: 'Id', format: 'q' } } }, /columns\.id\.format: /],
  [{ formats: ['parquet'], columns: { id: null } }, /columns\.id\.heading: must be a text, or/],
  [
    { columns: { id: { heading: 'Id', type: 'int' } }, row: () => ({}) },
    /columns\.id\.type: must be one of text, number, date, datetime, json/,
  ],
  [
    { columns: { id: { heading: 'Id', type: 'number' } } },
    /columns\.id\.type: is only for a column that a row function makes/,
  ],
  [
    { columns: JSON.parse('{ "__proto__": "A" }') },
    /columns\.__proto__: cannot be a property name in JavaScript: rename it/,
  ],
  [{ title: { ja: '題' } }, /title: /],
  [{ query: 'SELECT 1' }, /query: must be a function/],
])('refuses %j', (change, message) => {
  expect(() => defineExport({ ...least, ...change } as never)).toThrow(TypeError)
  expect(() => defineExport({ ...least, ...change } as never)).toThrow(message)
})

it('refuses what is not an export at all', () => {
  for (const nothing of [undefined, null, {}]) {
    expect(() => defineExport(nothing as never)).toThrow(/^The export "\(no name\)" is not valid: /)
  }
  for (const columns of [undefined, null, 'id', { id: 5 }]) {
    expect(() => defineExport({ ...least, columns } as never)).toThrow(/^The export "a" is not valid: columns/)
  }
})

it('names the option that was meant wherever it stands', () => {
  const refused = (change: object) => () => defineExport({ ...least, ...change } as never)
  for (const name of ['id', 'title', 'csv']) {
    expect(refused({ columns: { [name]: { heding: 'A' } } })).toThrow(
      `columns.${name}.heding is not known; did you mean heading?`,
    )
    expect(refused({ columns: { [name]: { heading: { en: 'A', jp: '題' } } } })).toThrow(
      `columns.${name}.heading.jp is not known; did you mean ja?`,
    )
  }
  expect(refused({ schedules: { daily: { recipient: ['a@example.com'] } } })).toThrow(
    'schedules.daily.recipient is not known; did you mean recipients?',
  )
})

it('fills in its defaults, and keeps what it was given', () => {
  const defaults = {
    ...{ key: null, row: null, formats: ['csv'], compressions: ['none'], encodings: ['utf-8', 'utf-8-bom'] },
    ...{ parallelism: 1, maxRows: null, csv: {}, timeZone: null, schedules: {} },
    columns: { id: { heading: 'Id', type: null, format: null } },
  }
  expect(defineExport(least)).toMatchObject(defaults)
  expect(defineExport(least).params.safeParse({}).success).toBe(true)
  const given = {
    ...{ key: 'i', row: () => ({ id: 1 }), formats: ['tsv', 'csv'], compressions: ['gzip'], encodings: ['cp932'] },
    ...{ parallelism: 100, maxRows: 1, csv: { delimiter: ';' }, timeZone: '+09:00' },
    columns: { id: { heading: { en: 'A', ja: 'あ' }, type: 'number', format: { decimals: 2 } } },
    params: z.strictObject({ from: z.iso.date() }),
    schedules: { daily: { expression: 'rate(1 day)', timeZone: 'UTC', recipients: ['a@example.com'] } },
  }
  expect(defineExport({ ...least, ...given } as never)).toEqual({ ...least, ...given })
})

it('allows one heading twice unless the file is Parquet, and other headings in Parquet', () => {
  const columns = { id: 'A', e: 'a' }
  expect(defineExport({ ...least, columns }).columns.e?.heading).toBe('a')
  expect(() => defineExport({ ...least, formats: ['parquet'], columns: { id: 'A', e: 'B' } })).not.toThrow()
})

it('allows a type in place of a row function’s, and one range without a key', () => {
  const columns = { id: { heading: 'Id', type: 'number' } } as const
  expect(() => defineExport({ ...least, columns, row: () => ({ id: 1 }) })).not.toThrow()
  expect(() => defineExport({ ...least, parallelism: 1 })).not.toThrow()
})

it('of nothing says so', () => {
  expect(() => defineCatalogue([]).get('orders')).toThrow('There is no export "orders". The catalogue has none.')
})

it('has texts in English where there are none in another language', () => {
  expect(localize({ en: 'Orders', ja: '受注一覧' }, 'ja')).toBe('受注一覧')
  expect([localize({ en: 'Orders' }, 'ja'), localize('Orders', 'ja')]).toEqual(['Orders', 'Orders'])
})

it('allows commas in the text for NULL if no file uses them as delimiter', () => {
  const csv = { nullText: 'n,a' }
  expect(defineExport({ ...least, csv, formats: ['tsv'] })).toMatchObject({ csv })
  expect(defineExport({ ...least, csv: { ...csv, delimiter: ';' } })).toMatchObject({ csv })
})

it('refuses two exports with the same name', () => {
  expect(() => defineCatalogue([defineExport(least), defineExport(least)])).toThrow('Two exports are called "a"')
})

it.each([
  [[defineExport(least), undefined], /^The catalogue's export 2 of 2 is undefined\. .*circular import/],
  [[null], /^The catalogue's export 1 of 1 is not an export\. Make it with defineExport/],
  [undefined, /^defineCatalogue takes a list/],
])('refuses %j as a list of exports', (exports, message) => {
  expect(() => defineCatalogue(exports as never)).toThrow(message)
})
