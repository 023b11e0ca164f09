import type { Format as FormatName } from '../../statemachine/contract.ts'
import { csv, tsv } from './csv.ts'
import type { Format } from './format.ts'
import { jsonl } from './jsonl.ts'
import { parquet } from './parquet.ts'
import { xlsx } from './xlsx.ts'

/** Every format by name, with its encoder. Facts that need no encoder are in facts.ts. */
export const formats: Record<FormatName, Format> = { csv, tsv, jsonl, xlsx, parquet }
