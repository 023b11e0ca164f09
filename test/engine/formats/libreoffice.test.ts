/** LibreOffice opens the workbook and saves what its cells show as CSV: that must be our own CSV of the same rows. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { parse } from 'csv-parse/sync'
import { csv } from '../../../engine/formats/csv.ts'
import type { FormatContext } from '../../../engine/formats/format.ts'
import { SHEET_LIMITS, XlsxEncoder, xlsx } from '../../../engine/formats/xlsx.ts'
import { testWith } from '../../support/programs.ts'
import { encodeWith, givenColumn, type Row } from './support.ts'
import { COLUMNS, randomRows } from './values.ts'

const SEED = Math.floor(Math.random() * 2 ** 31)
/** Comma, double quote, UTF-8; the ninth token saves cells as shown. A twelfth would add the sheet's name to the file's. */
const FILTER = 'csv:Text - txt - csv (StarCalc):44,34,76,,,,,,true,,,'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'carryout-libreoffice-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

testWith('soffice')(
  `LibreOffice shows a workbook as the CSV says (seed ${SEED})`,
  async () => {
    // A double is shown with as many digits as fit; the binary value is compared elsewhere. A cell has no control characters.
    const kept = COLUMNS.filter(({ kind }) => kind !== 'float')
    const random = randomRows(300, SEED).map((row) => kept.map(({ index }) => readable(row[index]!)))
    const extra = [
      givenColumn('formula', 'text'),
      givenColumn('合計 <&>', 'decimal', { scale: 4, format: { decimals: 2, grouping: true } }),
      givenColumn('shown', 'datetime', { format: "d.M.yy 'at' H:mm:ss.SSS" }),
      givenColumn('日付', 'date', { format: 'yyyy年MM月dd日' }),
      givenColumn('duration', 'time', { scale: 3 }),
    ]
    const odd: Row[] = [
      ['=1+1', '-1234567.8951', '2026-02-03 04:05:06.078', '2026-12-31', '123:04:05.678'],
      ['@SUM(A1)', '0.0049', '1899-12-31 00:00:00', '1000-01-01', '-00:00:01.000'],
      ['  two\n  lines  ', '999999.9950', '9999-12-31 23:59:59', '1900-03-01', '00:00:00.000'],
      ['', null, null, null, null],
    ]
    const columns = [...kept, ...extra].map((column, index) => ({ ...column, index }))
    const rows = random.map((row, i): Row => [...row, ...odd[i % odd.length]!])
    const read = await throughLibreOffice(await encodeWith(xlsx, columns, rows))
    const options = { options: { title: '', csv: { neutralizeFormulas: false } } }
    const said = parse(await encodeWith(csv, columns, rows, 100, options)) as string[][]
    const fine = columns.findIndex(({ kind, scale }) => kind === 'datetime' && scale === 6)
    expect(read).toEqual(said.map((row) => row.with(fine, inMillis(row[fine]!))))
  },
  120_000,
)

testWith('soffice')(
  'a workbook of two sheets has all its rows in LibreOffice, with headings on both',
  async () => {
    const open = (context: FormatContext) => new XlsxEncoder(context, { ...SHEET_LIMITS, rows: 3 })
    const columns = [givenColumn('id', 'integer'), givenColumn('_x0041_', 'text')]
    const rows: Row[] = [
      ['1', 'a'],
      ['2', '_x0041_'],
      ['3', 'c'],
    ]
    const workbook = await encodeWith({ ...xlsx, open }, columns, rows)
    expect(await throughLibreOffice(workbook, 1)).toEqual([['id', '_x0041_'], ...rows.slice(0, 2)])
    expect(await throughLibreOffice(workbook, 2)).toEqual([['id', '_x0041_'], ...rows.slice(2)])
  },
  120_000,
)

/** @param sheet which one, from 1 */
async function throughLibreOffice(workbook: Buffer, sheet = 1): Promise<string[][]> {
  const saved = mkdtempSync(join(directory, 'saved-'))
  const file = join(directory, 'workbook.xlsx')
  writeFileSync(file, workbook)
  const profile = `-env:UserInstallation=${pathToFileURL(join(directory, 'profile'))}`
  const filter = `${FILTER}${sheet}`
  const options = [profile, '--headless', '--convert-to', filter, '--outdir', saved, file]
  await promisify(execFile)('soffice', options, { timeout: 110_000 })
  const [name] = readdirSync(saved)
  return parse(readFileSync(join(saved, name!)), { relax_column_count: false })
}

/** A date cell shows milliseconds, so the zeros after them are lost. Finer or earlier times are stored as text. */
function inMillis(text: string): string {
  return text >= '1900-03-01' ? text.replace(/(\.\d{3})000$/, '$1') : text
}

/** LibreOffice keeps no control characters, and one kind of line break. */
function readable(value: Row[number]): Row[number] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are removed here.
  return typeof value === 'string' ? value.replace(/[\0-\x08\x0b-\x1f\ufffe\uffff]/g, '') : value
}
