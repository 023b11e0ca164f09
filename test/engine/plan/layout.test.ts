import { defineExport, type ExportDefinition, sql } from '../../../engine/catalogue.ts'
import type { ColumnFormat } from '../../../engine/formats/display/number.ts'
import { layOut } from '../../../engine/plan/layout.ts'
import type { ColumnKind, SourceColumn } from '../../../engine/rows/column.ts'
import { QueryFailed } from '../../../statemachine/errors.ts'

describe('the columns of a file', () => {
  test('are those that the export names, in its order, with headings of the language', () => {
    const source = [sourceColumn('a', 'integer'), sourceColumn('b', 'text'), sourceColumn('c', 'date')]
    const columns = { c: { en: 'Day', ja: '日' }, a: { heading: { en: 'No.', ja: '番号' }, format: { decimals: 0 } } }
    const layout = layOut(given({ columns }), source, 'ja')
    expect(layout.columns.map(({ index, heading, format }) => [index, heading, format])).toEqual([
      [2, '日', null],
      [0, '番号', { decimals: 0 }],
    ])
    expect(layout.described).toEqual([
      { name: 'c', heading: '日', type: 'date' },
      { name: 'a', heading: '番号', type: 'integer' },
    ])
  })

  test('may be made by the row function, whose format says that they are numbers or dates', () => {
    const columns = {
      text: 'Text',
      number: { heading: 'Number', format: { decimals: 2 } },
      date: { heading: 'Date', format: 'yyyy' },
    }
    const { described } = layOut(given({ columns, row: (row) => row as never }), [], 'en')
    expect(described.map(({ type }) => type)).toEqual(['text', 'float', 'datetime'])
  })

  test('may be made by the row function, and are of the type that the export declares', () => {
    const types = ['text', 'number', 'date', 'datetime', 'json'] as const
    const columns = Object.fromEntries(types.map((type) => [`a_${type}`, { heading: type, type }]))
    const { columns: written } = layOut(given({ columns, row: (row) => row as never }), [], 'en')
    for (const column of written) expect(column).toMatchObject({ nullable: true, unsigned: false, zerofill: false })
    expect(written.map(({ kind, precision }) => [kind, precision])).toEqual([
      ['text', null],
      ['float', 8],
      ['date', null],
      ['datetime', null],
      ['json', null],
    ])
  })

  test('have the query’s types where it has the columns', () => {
    const definition = given({ columns: { a: { heading: 'A', type: 'number' } }, row: (row) => row as never })
    expect(() => layOut(definition, [sourceColumn('a', 'text')], 'en')).toThrow(
      'The column a of orders comes from the query with the type text: remove its type, or rename it',
    )
  })

  test('must each be returned by the query, once', () => {
    const twice = [sourceColumn('a', 'text'), sourceColumn('b', 'text'), sourceColumn('a', 'text')]
    expect(() => layOut(given({}), twice, 'en')).toThrow(
      'The query of orders has two columns named a: rename one with AS',
    )
    expect(() => layOut(given({}), [sourceColumn('b', 'text'), sourceColumn('c', 'text')], 'en')).toThrow(
      'The query of orders returns no column a; it has b, c',
    )
  })

  test('may be named like an inherited property', () => {
    const source = [sourceColumn('a', 'text'), sourceColumn('constructor', 'text'), sourceColumn('constructor', 'text')]
    expect(layOut(given({}), source, 'en').columns).toHaveLength(1)
  })

  test.each<[ColumnKind, ColumnFormat, string]>([
    ['text', { decimals: 2 }, 'holds text, and { decimals, grouping } is for numbers'],
    ['bit', { decimals: 0 }, 'holds bit, and { decimals, grouping } is for numbers'],
    ['year', { grouping: true }, 'holds year, and { decimals, grouping } is for numbers'],
    ['date', { decimals: 0 }, 'holds date, and { decimals, grouping } is for numbers'],
    ['time', 'HH:mm', 'holds time, and a date pattern is for DATE, DATETIME and TIMESTAMP'],
    ['integer', 'yyyy', 'holds integer, and a date pattern is for DATE, DATETIME and TIMESTAMP'],
    ['float', { grouping: true }, 'has no fixed number of decimals: its format must say how many'],
  ])('of kind %s cannot have the format %j', (kind, format, message) => {
    const definition = given({ columns: { a: { heading: 'A', format } } })
    const laying = () => layOut(definition, [sourceColumn('a', kind)], 'en')
    expect(laying).toThrow(QueryFailed)
    expect(laying).toThrow(`The column a of orders ${message}`)
  })
})

function given(change: Partial<ExportDefinition>) {
  return defineExport({ name: 'orders', title: 'Orders', query: () => sql`SELECT 1`, columns: { a: 'A' }, ...change })
}

function sourceColumn(name: string, kind: ColumnKind): SourceColumn {
  return {
    name,
    kind,
    unsigned: false,
    nullable: true,
    precision: null,
    scale: null,
    zerofill: false,
    sortsBy: 'value',
  }
}
