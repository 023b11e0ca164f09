/**
 * What the benchmark measured of each format (docs/performance.md), with rows of 180 bytes: how large the file is, and how fast the
 * function writes it with one processor, as it has on Lambda, by TLS.
 */
import type { Plan } from '../../statemachine/contract.ts'

interface Measured extends Pick<Plan, 'format' | 'compression'> {
  /** Of the file, by the row. */
  bytesPerRow: number
  cpuSecondsPerMillionRows: number
}

export const FORMATS: Readonly<Record<string, Measured>> = {
  csv: { format: 'csv', compression: 'none', bytesPerRow: 185, cpuSecondsPerMillionRows: 1.91 },
  gzip: { format: 'csv', compression: 'gzip', bytesPerRow: 30, cpuSecondsPerMillionRows: 3.35 },
  zstd: { format: 'csv', compression: 'zstd', bytesPerRow: 23, cpuSecondsPerMillionRows: 2.93 },
  jsonl: { format: 'jsonl', compression: 'none', bytesPerRow: 290, cpuSecondsPerMillionRows: 2.65 },
  parquet: { format: 'parquet', compression: 'none', bytesPerRow: 10, cpuSecondsPerMillionRows: 4.23 },
  xlsx: { format: 'xlsx', compression: 'none', bytesPerRow: 80, cpuSecondsPerMillionRows: 6.25 },
}

/** Of the benchmark's rows, as the server sends them. */
export const SENT_BYTES_PER_ROW = 180

export function rowsPerSecond({ cpuSecondsPerMillionRows }: Measured): number {
  return Math.round(1e6 / cpuSecondsPerMillionRows)
}
