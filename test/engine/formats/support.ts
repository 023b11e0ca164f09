/** Rows for a format without a database: batches as a source makes them. */

import { utf8 } from '../../../engine/charsets/charset.ts'
import type { Format, FormatContext } from '../../../engine/formats/format.ts'
import { type Batch, NULL_FIELD, writeFieldLength } from '../../../engine/rows/batch.ts'
import type { Column, ColumnKind } from '../../../engine/rows/column.ts'
import { Output } from '../../../engine/rows/output.ts'

export type Row = (string | Buffer | null)[]

export function givenColumn(name: string, kind: ColumnKind, change: Partial<Column> = {}): Column {
  return {
    name,
    kind,
    heading: name,
    index: 0,
    format: null,
    transformedFrom: null,
    unsigned: false,
    nullable: true,
    precision: null,
    scale: null,
    zerofill: false,
    sortsBy: 'value',
    ...change,
  }
}

export function givenBatch(rows: Row[]): Batch {
  const fields = rows.map((row) => Buffer.concat(row.map(givenField)))
  const ends = Int32Array.from(
    fields,
    (
      (end) => (field: Buffer) =>
        (end += field.length)
    )(0),
  )
  return { bytes: Buffer.concat(fields), rows: rows.length, starts: Int32Array.of(0, ...ends.slice(0, -1)), ends }
}

function givenField(value: string | Buffer | null): Buffer {
  if (value === null) return Buffer.of(NULL_FIELD)
  const bytes = Buffer.from(value as string)
  const field = Buffer.alloc(bytes.length + 9)
  const at = writeFieldLength(field, 0, bytes.length)
  bytes.copy(field, at)
  return field.subarray(0, at + bytes.length)
}

export function givenContext(columns: Column[], change: Partial<FormatContext> = {}): FormatContext {
  return {
    columns: columns.map((column, index) => ({ ...column, index })),
    fieldCount: columns.length,
    charset: utf8,
    options: { title: 'Orders', csv: {} },
    timeZone: '+00:00',
    describeRow: (row) => `row ${row + 1}`,
    ...change,
  }
}

/** The file that a format makes of the rows, in batches of so many rows. */
export async function encodeWith(
  format: Format,
  columns: Column[],
  rows: Row[],
  batchRows = 10_000,
  context: Partial<FormatContext> = {},
): Promise<Buffer> {
  const output = new Output(1 << 16)
  const pieces: Buffer[] = []
  let before = 0
  const take = () => {
    pieces.push(Buffer.from(output.written))
    output.length = 0
  }
  const encoder = format.open(givenContext(columns, { describeRow: (row) => `row ${before + row + 1}`, ...context }))
  await encoder.head(output)
  for (; before < rows.length; before += batchRows) {
    const batch = givenBatch(rows.slice(before, before + batchRows))
    for (let row = 0; row < batch.rows; ) {
      row = await encoder.rows(batch, row, batch.rows, output)
      take()
    }
  }
  await encoder.tail(output)
  take()
  return Buffer.concat(pieces)
}
