/** Checks whether each format can hold the number of columns that an export declares. */
import type { Export } from '../catalogue.ts'

/** https://support.microsoft.com/en-us/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3 */
const XLSX_COLUMNS = 16_384

/** @returns a sentence for each format that has too many columns */
export function problemsOfShape({ name, columns, formats }: Export): string[] {
  const count = Object.keys(columns).length
  return formats.includes('xlsx') && count > XLSX_COLUMNS
    ? [`${name} has ${count} columns, but a sheet of xlsx holds ${XLSX_COLUMNS}: remove xlsx from its formats`]
    : []
}
