import {
  columnName,
  columnStyle,
  contentTypes,
  sheetHead,
  styles,
  workbook,
  workbookRelationships,
} from '../../../../engine/formats/xlsx/parts.ts'
import type { Column, ColumnKind } from '../../../../engine/rows/column.ts'
import { givenColumn } from '../support.ts'

test.each([
  [0, 'A'],
  [1, 'B'],
  [25, 'Z'],
  [26, 'AA'],
  [27, 'AB'],
  [51, 'AZ'],
  [52, 'BA'],
  [701, 'ZZ'],
  [702, 'AAA'],
  [16_383, 'XFD'],
])('column %i is called %s', (index, name) => {
  expect(columnName(index)).toBe(name)
})

test.each([
  ['id', 'integer', {}, 12],
  ['amount', 'decimal', { precision: 8 }, 11],
  ['amount', 'decimal', { precision: 16 }, 19],
  ['amount', 'decimal', { precision: 18 }, 20],
  ['amount', 'decimal', {}, 13],
  ['at', 'datetime', { scale: 0 }, 20],
  ['at', 'datetime', { scale: 1 }, 22],
  ['at', 'timestamp', { scale: 6 }, 27],
  ['at', 'time', {}, 11],
  ['at', 'time', { scale: 2 }, 14],
  ['y', 'year', {}, 6],
  ['year', 'year', {}, 6],
  ['years', 'year', {}, 7],
  ['年', 'year', {}, 6],
  ['年度の', 'year', {}, 8],
  ['⺀⺀⺀', 'year', {}, 6],
  ['⺁⺁⺁', 'year', {}, 8],
  ['x'.repeat(58), 'text', {}, 60],
  ['x'.repeat(57), 'text', {}, 59],
  ['x'.repeat(99), 'text', {}, 60],
] as [string, ColumnKind, Partial<Column>, number][])(
  'the heading %j of a column of kind %s %j is wide enough',
  (heading, kind, change, width) => {
    const head = sheetHead([givenColumn('c', kind, change), { ...givenColumn('c', kind, change), heading }])
    expect(head).toContain(`<col min="2" max="2" width="${width}" customWidth="1"/></cols>`)
    expect(head).toContain(`<c r="B1" s="1" t="inlineStr"><is><t xml:space="preserve">${heading}</t></is></c></row>`)
  },
)

test.each<[ColumnKind, number | null, string | null]>([
  ['integer', null, '0'],
  ['bit', null, '0'],
  ['year', null, '0'],
  ['decimal', null, '0'],
  ['decimal', 0, '0'],
  ['decimal', 5, '0.00000'],
  ['date', null, 'yyyy\\-mm\\-dd'],
  ['datetime', 0, 'yyyy\\-mm\\-dd\\ hh:mm:ss'],
  ['datetime', 1, 'yyyy\\-mm\\-dd\\ hh:mm:ss.0'],
  ['timestamp', 3, 'yyyy\\-mm\\-dd\\ hh:mm:ss.000'],
  ['timestamp', 6, 'yyyy\\-mm\\-dd\\ hh:mm:ss.000'],
  ['time', 4, '[hh]:mm:ss.000'],
  ['float', null, null],
  ['text', null, null],
  ['json', null, null],
  ['binary', null, null],
])('a column of kind %s with %j decimals has a number format', (kind, scale, format) => {
  const xml = styles([givenColumn('c', kind, { scale })])
  const declared = /<numFmts count="1"><numFmt numFmtId="164" formatCode="([^"]*)"\/><\/numFmts>/.exec(xml)
  expect(declared?.[1] ?? null).toBe(format)
  expect(xml).toContain(
    `<xf numFmtId="${format === null ? 0 : 164}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>`,
  )
  if (format === null) expect(xml).not.toContain('numFmts')
})

test('columns with the same format share it, and each has its style', () => {
  const columns = [
    givenColumn('a', 'integer'),
    givenColumn('b', 'text'),
    givenColumn('c', 'date'),
    givenColumn('d', 'year'),
    givenColumn('e', 'date', { format: 'yyyy年' }),
  ]
  const xml = styles(columns)
  expect(xml).toContain('<numFmts count="3">')
  expect(xml).toContain('<numFmt numFmtId="166" formatCode="yyyy&quot;')
  const cells = Array.from(/<cellXfs count="7">(.*)<\/cellXfs>/.exec(xml)![1]!.matchAll(/<xf numFmtId="(\d+)"/g))
  const formatOf = (style: number) => Number(cells[style]![1])
  expect(columns.map((_, i) => formatOf(columnStyle(i)))).toEqual([164, 0, 165, 164, 166])
  expect(cells).toHaveLength(7)
})

test('a workbook lists its sheets by number', () => {
  expect(workbook('R&D', 2)).toContain(
    '<sheets><sheet name="R&amp;D" sheetId="1" r:id="rId1"/><sheet name="R&amp;D (2)" sheetId="2" r:id="rId2"/></sheets>',
  )
  const relationships = Array.from(workbookRelationships(2).matchAll(/Id="(\w+)" Type="[^"]*" Target="([^"]*)"/g))
  expect(relationships.map(([, id, target]) => [id, target])).toEqual([
    ['rId1', 'worksheets/sheet1.xml'],
    ['rId2', 'worksheets/sheet2.xml'],
    ['rId3', 'styles.xml'],
  ])
  const parts = Array.from(contentTypes(2).matchAll(/PartName="([^"]*)"/g), ([, name]) => name)
  expect(parts).toEqual([
    '/xl/workbook.xml',
    '/xl/styles.xml',
    '/xl/worksheets/sheet1.xml',
    '/xl/worksheets/sheet2.xml',
  ])
})
