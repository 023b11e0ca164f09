/** Facts about a format that planning and finishing a file need, without loading its encoder. */
import type { Format as FormatName } from '../../statemachine/contract.ts'

export interface FormatFacts {
  name: FormatName
  /** Without the dot. */
  extension: string
  mediaType: string
  /** Whether chunks that end at a row boundary can be joined byte by byte. */
  cuttable: boolean
  /** Whether the format is text, written in the encoding that the request chooses. */
  textual: boolean
  /** Whether the format compresses by itself; a request cannot then have it compressed again. */
  compressed: boolean
}

const text = { cuttable: true, textual: true, compressed: false }
const packed = { cuttable: false, textual: false, compressed: true }

export const facts = {
  csv: { name: 'csv', extension: 'csv', mediaType: 'text/csv', ...text },
  tsv: { name: 'tsv', extension: 'tsv', mediaType: 'text/tab-separated-values', ...text },
  jsonl: { name: 'jsonl', extension: 'jsonl', mediaType: 'application/jsonl', ...text, textual: false },
  xlsx: {
    name: 'xlsx',
    extension: 'xlsx',
    mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    ...packed,
  },
  parquet: { name: 'parquet', extension: 'parquet', mediaType: 'application/vnd.apache.parquet', ...packed },
} as const satisfies Record<FormatName, FormatFacts>
