/** Summarizes the runs of each side. */
import type { Side } from './side.ts'
import type { Outcome } from './task.ts'

/** All runs of a side with one transport. */
export interface Runs {
  runs: Outcome[]
  /** Runs with few rows; empty if the side ran with one size only. */
  small: Outcome[]
}

/** Figures of one side with one transport: medians of its runs, and the highest memory peak. */
export interface Figure {
  name: string
  what: string
  rowsPerSecond: number
  /** For a peer, Carryout's speed ÷ the peer's. For a variant of Carryout, its speed ÷ that of `carryout`. */
  comparison: { ratio: number; of: string } | null
  /**
   * User and system time of each further million rows. If the side ran with one size only, it includes the start. Null if the
   * system does not report processor time.
   */
  cpuSecondsPerMillionRows: number | null
  /** Processor time of a run without its rows; null if the side ran with one size only. */
  startCpuSeconds: number | null
  /** Processor time per row: Carryout's ÷ the peer's. */
  cpuRatio: number | null
  peakRssMB: number | null
  /** Garbage collections of the old generation. */
  largeCollectionsPerMillionRows: number | null
  runs: Outcome[]
}

/** The peers in the JSON summary. */
const PEERS = ['databaseClient', 'usualNode', 'python', 'limit', 'cClient', 'outfile', 'mydumper'] as const
const MILLION = 1e6

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export function figuresOf(outcomes: ReadonlyMap<Side, Runs>): Figure[] {
  const speeds = new Map([...outcomes].map(([side, { runs }]) => [side.name, median(runs.map(speedOf))]))
  const costs = new Map([...outcomes].map(([side, runs]) => [side.name, costOf(runs)]))
  return [...outcomes].map(([side, { runs }]) => {
    const { cpuSecondsPerMillionRows, startCpuSeconds } = costs.get(side.name)!
    const ours = side.peerOf && costs.get(side.peerOf)?.cpuSecondsPerMillionRows
    const collections = runs.flatMap(({ largeCollections, rows }) =>
      largeCollections === undefined ? [] : largeCollections / (rows / MILLION),
    )
    return {
      name: side.name,
      what: side.what,
      rowsPerSecond: Math.round(speeds.get(side.name)!),
      comparison: compare(side, speeds),
      cpuSecondsPerMillionRows,
      startCpuSeconds,
      cpuRatio: ours && cpuSecondsPerMillionRows ? rounded(ours / cpuSecondsPerMillionRows) : null,
      peakRssMB: mostOf(runs.flatMap(({ peakRssMB }) => peakRssMB ?? [])),
      largeCollectionsPerMillionRows: collections.length > 0 ? rounded(median(collections)) : null,
      runs,
    }
  })
}

/** The figures of one transport for `--json`: rows per second, and Carryout ÷ peer. A skipped side has null. */
export function summary(figures: readonly Figure[]) {
  const find = (name: string) => figures.find((figure) => figure.name === name)
  const own = find('carryout')
  return {
    rowsPerSecond: Object.fromEntries(
      ['carryout', ...PEERS].map((name) => [name, find(name)?.rowsPerSecond ?? null] as const),
    ),
    ratios: Object.fromEntries(PEERS.map((name) => [name, find(name)?.comparison?.ratio ?? null] as const)),
    peakRssMB: own?.peakRssMB ?? null,
    cpuSecondsPerMillionRows: own?.cpuSecondsPerMillionRows ?? null,
    startCpuSeconds: own?.startCpuSeconds ?? null,
  }
}

function speedOf({ rows, seconds }: Outcome): number {
  return rows / seconds
}

function costOf({ runs, small }: Runs): Pick<Figure, 'cpuSecondsPerMillionRows' | 'startCpuSeconds'> {
  const large = medianCost(runs)
  const little = medianCost(small)
  if (!large) return { cpuSecondsPerMillionRows: null, startCpuSeconds: null }
  if (!little || little.rows === large.rows)
    return { cpuSecondsPerMillionRows: rounded((large.seconds / large.rows) * MILLION), startCpuSeconds: null }
  const slope = (large.seconds - little.seconds) / (large.rows - little.rows)
  return {
    cpuSecondsPerMillionRows: rounded(slope * MILLION),
    startCpuSeconds: rounded(little.seconds - slope * little.rows),
  }
}

function medianCost(runs: readonly Outcome[]): { rows: number; seconds: number } | null {
  const seconds = runs.flatMap(({ cpuSeconds }) => cpuSeconds ?? [])
  return seconds.length > 0 ? { rows: runs[0]!.rows, seconds: median(seconds) } : null
}

function compare({ name, peerOf }: Side, speeds: ReadonlyMap<string, number>): Figure['comparison'] {
  const own = speeds.get(peerOf ?? name)
  const other = speeds.get(peerOf ? name : 'carryout')
  if (name === 'carryout' || own === undefined || other === undefined) return null
  return { ratio: rounded(own / other), of: peerOf ? name : 'carryout' }
}

function mostOf(numbers: readonly number[]): number | null {
  return numbers.length > 0 ? Math.max(...numbers) : null
}

function rounded(number: number): number {
  return Number(number.toFixed(2))
}
