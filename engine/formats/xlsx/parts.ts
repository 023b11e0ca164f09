/** The XML parts of a workbook apart from its sheets' rows (ECMA-376, part 1). */
import type { Column } from '../../rows/column.ts'
import { displayOf, SPREADSHEET_FRACTION_DIGITS } from '../display.ts'
import { sheetName } from './sheet-name.ts'
import { attributeText, cellText } from './text.ts'

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const SPREADSHEET = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

const HEADING_STYLE = 1
const FIRST_COLUMN_STYLE = 2

export const packageRelationships =
  `${XML}<Relationships xmlns="${PACKAGE}/relationships">` +
  `<Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`

export function contentTypes(sheets: number): string {
  const parts = each(
    sheets,
    (n) => `<Override PartName="/xl/worksheets/sheet${n}.xml" ContentType="${SPREADSHEET}.worksheet+xml"/>`,
  )
  return (
    `${XML}<Types xmlns="${PACKAGE}/content-types">` +
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    '<Default Extension="xml" ContentType="application/xml"/>' +
    `<Override PartName="/xl/workbook.xml" ContentType="${SPREADSHEET}.sheet.main+xml"/>` +
    `<Override PartName="/xl/styles.xml" ContentType="${SPREADSHEET}.styles+xml"/>${parts}</Types>`
  )
}

export function workbookRelationships(sheets: number): string {
  const parts = each(
    sheets,
    (n) => `<Relationship Id="rId${n}" Type="${OFFICE}/worksheet" Target="worksheets/sheet${n}.xml"/>`,
  )
  return (
    `${XML}<Relationships xmlns="${PACKAGE}/relationships">${parts}` +
    `<Relationship Id="rId${sheets + 1}" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`
  )
}

export function workbook(title: string, sheets: number): string {
  const names = each(
    sheets,
    (n) => `<sheet name="${attributeText(sheetName(title, n))}" sheetId="${n}" r:id="rId${n}"/>`,
  )
  return `${XML}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${names}</sheets></workbook>`
}

/** The styles: the default, the heading row's, then one per column in order. */
export function styles(columns: readonly Column[]): string {
  const formats = columns.map((column) => displayOf(column)?.code ?? numberFormat(column))
  const custom = [...new Set(formats.filter((format) => format !== null))]
  // Excel reserves the ids below 164 for its own formats.
  const id = (format: string | null) => (format === null ? 0 : 164 + custom.indexOf(format))
  const declared = custom.map((format) => `<numFmt numFmtId="${id(format)}" formatCode="${attributeText(format)}"/>`)
  const cells = formats.map(
    (format) => `<xf numFmtId="${id(format)}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>`,
  )
  return (
    `${XML}<styleSheet xmlns="${MAIN}">` +
    (custom.length > 0 ? `<numFmts count="${custom.length}">${declared.join('')}</numFmts>` : '') +
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>' +
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>' +
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>' +
    '<fill><patternFill patternType="solid"><fgColor rgb="FFE7ECF2"/></patternFill></fill></fills>' +
    '<borders count="1"><border/></borders>' +
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>' +
    `<cellXfs count="${cells.length + FIRST_COLUMN_STYLE}"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
    '<xf numFmtId="0" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1"/>' +
    `${cells.join('')}</cellXfs></styleSheet>`
  )
}

/** The cell style of the file's column `i`. */
export const columnStyle = (i: number) => FIRST_COLUMN_STYLE + i

function numberFormat({ kind, scale }: Column): string | null {
  const fraction = scale ? `.${'0'.repeat(scale)}` : ''
  const secondsFraction = fraction.slice(0, 1 + SPREADSHEET_FRACTION_DIGITS)
  switch (kind) {
    case 'integer':
    case 'bit':
    case 'year':
      return '0'
    case 'decimal':
      return `0${fraction}`
    case 'date':
      return 'yyyy\\-mm\\-dd'
    case 'datetime':
    case 'timestamp':
      return `yyyy\\-mm\\-dd\\ hh:mm:ss${secondsFraction}`
    case 'time':
      return `[hh]:mm:ss${secondsFraction}`
    default:
      return null
  }
}

/** A sheet's XML up to its first row of data, with the heading row frozen. */
export function sheetHead(columns: readonly Column[]): string {
  const widths = columns.map(
    (column, i) => `<col min="${i + 1}" max="${i + 1}" width="${width(column)}" customWidth="1"/>`,
  )
  const headings = columns.map(
    ({ heading }, i) =>
      `<c r="${columnName(i)}1" s="${HEADING_STYLE}" t="inlineStr"><is><t xml:space="preserve">${cellText(heading)}</t></is></c>`,
  )
  return (
    `${XML}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0">` +
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>' +
    `<cols>${widths.join('')}</cols><sheetData><row r="1">${headings.join('')}</row>`
  )
}

export const sheetTail = '</sheetData></worksheet>'

/**
 * A column's width in digits of the default font. It depends on the column's type, never on its data, so the same rows
 * give the same bytes.
 */
function width({ kind, heading, precision, scale }: Column): number {
  // A Chinese, Japanese or Korean character is two digits wide.
  const title = Array.from(heading).reduce((sum, character) => sum + (character > '\u2e80' ? 2 : 1), 0)
  const seconds = scale ? 1 + scale : 0
  const byKind = {
    integer: 12,
    bit: 12,
    year: 6,
    decimal: Math.min((precision ?? 10) + 3, 20),
    float: 14,
    date: 12,
    datetime: 20 + seconds,
    timestamp: 20 + seconds,
    time: 11 + seconds,
    text: 24,
    json: 40,
    binary: 24,
  }[kind]
  return Math.min(Math.max(byKind, title + 2), 60)
}

/** 0 → A, 25 → Z, 26 → AA. */
export function columnName(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26))
  return index < 26 ? letter : columnName(Math.floor(index / 26) - 1) + letter
}

function each(count: number, part: (number: number) => string): string {
  return Array.from({ length: count }, (_, i) => part(i + 1)).join('')
}
