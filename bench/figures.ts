/** What the runs of the sides come to. */
import type { Side } from './sides.ts'
import type { Outcome } from './task.ts'

/** One side: medians of its runs, and the highest peak. */
export interface Figure {
  name: string
  what: string
  rowsPerSecond: number
  /** Of a peer: how many times as fast ours is. Of ours beside `carryout`: what share of its speed that is. */
  comparison: { ratio: number; of: string } | null
  /** User and system of the side's own process, its start included. Null where the system does not tell. */
  cpuSecondsPerMillionRows: number | null
  peakRssMB: number | null
  runs: Outcome[]
}

/** The peers that the agreed summary names. */
const PEERS = ['databaseClient', 'usualNode', 'python', 'limit'] as const

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export function figuresOf(outcomes: ReadonlyMap<Side, Outcome[]>): Figure[] {
  const speeds = new Map([...outcomes].map(([side, runs]) => [side.name, median(runs.map(speedOf))]))
  return [...outcomes].map(([side, runs]) => {
    const peaks = runs.flatMap(({ peakRssMB }) => peakRssMB ?? [])
    const cpu = runs.flatMap(({ cpuSeconds, rows }) => (cpuSeconds == null ? [] : cpuSeconds / (rows / 1e6)))
    return {
      name: side.name,
      what: side.what,
      rowsPerSecond: Math.round(speeds.get(side.name)!),
      comparison: compare(side, speeds),
      cpuSecondsPerMillionRows: cpu.length > 0 ? median(cpu) : null,
      peakRssMB: peaks.length > 0 ? Math.max(...peaks) : null,
      runs,
    }
  })
}

/** What `--json` writes: rows per second, and Carryout ÷ peer; null where a side was skipped. */
export function summary(figures: readonly Figure[], rows: number) {
  const find = (name: string) => figures.find((figure) => figure.name === name)
  return {
    rows,
    rowsPerSecond: Object.fromEntries(
      ['carryout', ...PEERS].map((name) => [name, find(name)?.rowsPerSecond ?? null] as const),
    ),
    ratios: Object.fromEntries(PEERS.map((name) => [name, find(name)?.comparison?.ratio ?? null] as const)),
    peakRssMB: find('carryout')?.peakRssMB ?? null,
  }
}

function speedOf({ rows, seconds }: Outcome): number {
  return rows / seconds
}

function compare({ name, peerOf }: Side, speeds: ReadonlyMap<string, number>): Figure['comparison'] {
  const own = speeds.get(peerOf ?? name)!
  const other = speeds.get(peerOf ? name : 'carryout')
  if (name === 'carryout' || own === undefined || other === undefined) return null
  return { ratio: Number((own / other).toFixed(2)), of: peerOf ? name : 'carryout' }
}
