import type { Format as FormatName } from '../statemachine/contract.ts'
import type { Format } from './format.ts'
import { csv, tsv } from './formats/csv.ts'
import { jsonl } from './formats/jsonl.ts'
import { parquet } from './formats/parquet.ts'
import { xlsx } from './formats/xlsx.ts'

/** Every format by its name; one is added here and nowhere else. */
export const formats: Record<FormatName, Format> = { csv, tsv, jsonl, xlsx, parquet }
