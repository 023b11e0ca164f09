/**
 * The benchmark's figures for each format (docs/performance.md), with rows of 180 bytes: the size of the file, and the speed
 * at which the function writes it with one processor, as on Lambda, with TLS.
 */
import type { Plan } from '../../statemachine/contract.ts'

interface Measured extends Pick<Plan, 'format' | 'compression'> {
  /** Bytes of the file per row. */
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

/** Size of the benchmark's rows as the server sends them. */
export const SENT_BYTES_PER_ROW = 180

export function rowsPerSecond({ cpuSecondsPerMillionRows }: Measured): number {
  return Math.round(1e6 / cpuSecondsPerMillionRows)
}
