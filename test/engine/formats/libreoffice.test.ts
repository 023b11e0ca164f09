/** LibreOffice opens the workbook and saves what its cells show as CSV: that must be our own CSV of the same rows. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { parse } from 'csv-parse/sync'
import { csv } from '../../../engine/formats/csv.ts'
import { xlsx } from '../../../engine/formats/xlsx.ts'
import { testWith } from '../../support/programs.ts'
import { encodeWith, givenColumn, type Row } from './support.ts'
import { COLUMNS, randomRows } from './values.ts'

const SEED = Math.floor(Math.random() * 2 ** 31)
/** Comma, double quote, UTF-8; cells as shown. */
const FILTER = 'csv:Text - txt - csv (StarCalc):44,34,76'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'carryout-libreoffice-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

testWith('soffice')(
  `a workbook shows in LibreOffice what the CSV says (seed ${SEED})`,
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
    expect(read).toEqual(parse(await encodeWith(csv, columns, rows, 100, options)))
  },
  120_000,
)

async function throughLibreOffice(workbook: Buffer): Promise<string[][]> {
  const file = join(directory, 'workbook.xlsx')
  writeFileSync(file, workbook)
  const profile = `-env:UserInstallation=${pathToFileURL(join(directory, 'profile'))}`
  const options = [profile, '--headless', '--convert-to', FILTER, '--outdir', directory, file]
  await promisify(execFile)('soffice', options, { timeout: 110_000 })
  return parse(readFileSync(join(directory, 'workbook.csv')), { relax_column_count: false })
}

/** LibreOffice keeps no control characters, and one kind of line break. */
function readable(value: Row[number]): Row[number] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  return typeof value === 'string' ? value.replace(/[\0-\x08\x0b-\x1f\ufffe\uffff]/g, '') : value
}
