/** Estimates when a request will be ready, from the duration of the newest runs and what is before it. */
import type { DownloadEntry } from '../statemachine/table.ts'

/** The forecast of a request that waits or runs. */
export interface Forecast {
  /** How many will start before it; 0 once it runs. */
  position: number
  /** ISO 8601, UTC. Null if nothing like it has run yet. */
  startsAt: string | null
  readyAt: string | null
  /**
   * Why nothing starts now, so that no time can be given: an operator paused downloads, or the database does not
   * respond.
   */
  held?: 'pause' | 'outage'
}

/** How an export usually runs: averages of its newest runs. */
export interface Typical {
  /** The number of runs in the average. */
  runs: number
  /** From the start to the file. */
  seconds: number
  rows: number
  bytes: number
}

/** The data of a forecast. Times are epoch milliseconds. */
export interface Situation {
  now: number
  /** Ready downloads, newest first. */
  past: readonly DownloadEntry[]
  running: readonly DownloadEntry[]
  /** The exports of what will start before it; undefined for an unknown one. */
  before: readonly (string | undefined)[]
  maxRunning: number
}

/** Older runs say too little about the table's current size to be included. */
const RUNS = 20

export function forecastWaiting(exportName: string | undefined, situation: Situation): Forecast {
  const { now, past, running, before, maxRunning } = situation
  const position = before.length
  const took = durations(past)
  const own = took(exportName)
  if (own === undefined) return { position, startsAt: null, readyAt: null }
  const gap = gapOf(past)
  // The time at which each slot becomes free; each waiting entry takes the next free one.
  const slots = Array.from({ length: maxRunning }, (_, slot) => {
    const entry = running[slot]
    return entry ? endOf(entry, took, now) : now
  })
  const occupy = (millis: number) => {
    const next = slots.indexOf(Math.min(...slots))
    const startsAt = slots[next]! + gap
    slots[next] = startsAt + millis
    return startsAt
  }
  for (const each of before) occupy(took(each) ?? own)
  const startsAt = occupy(own)
  return { position, startsAt: iso(startsAt), readyAt: iso(startsAt + own) }
}

export function forecastRunning(entry: DownloadEntry, past: readonly DownloadEntry[], now: number): Forecast {
  const took = durations(past)
  const isKnown = took(entry.export) !== undefined
  return {
    position: 0,
    startsAt: entry.startedAt ?? null,
    readyAt: isKnown ? iso(endOf(entry, took, now)) : null,
  }
}

/** @returns undefined if none of these runs is of the export */
export function typicalOf(exportName: string, past: readonly DownloadEntry[]): Typical | undefined {
  const runs = past.filter((entry) => entry.export === exportName && durationOf(entry) !== undefined).slice(0, RUNS)
  if (runs.length === 0) return undefined
  const of = (value: (entry: DownloadEntry) => number) => mean(runs.map(value))
  return {
    runs: runs.length,
    seconds: of((entry) => durationOf(entry)!) / 1000,
    rows: Math.round(of(({ rows = 0 }) => rows)),
    bytes: Math.round(of(({ bytes = 0 }) => bytes)),
  }
}

/** Returns average durations by export; for an export without runs, the average of all. */
function durations(past: readonly DownloadEntry[]) {
  const all = past.flatMap((entry) => durationOf(entry) ?? [])
  const known = new Map<string | undefined, number | undefined>()
  return (exportName: string | undefined): number | undefined => {
    if (!known.has(exportName)) {
      const { seconds } = (exportName !== undefined && typicalOf(exportName, past)) || {}
      known.set(
        exportName,
        seconds === undefined ? (all.length === 0 ? undefined : mean(all.slice(0, RUNS))) : seconds * 1000,
      )
    }
    return known.get(exportName)
  }
}

/** Returns a run's duration; none for a replayed one, which is not typical. */
function durationOf({ startedAt, endedAt, redriveCount }: DownloadEntry): number | undefined {
  if (startedAt === undefined || endedAt === undefined || redriveCount > 0) return undefined
  return Date.parse(endedAt) - Date.parse(startedAt)
}

/**
 * Returns the expected end of a running entry. One that already takes longer than usual is expected to take half as
 * long again.
 */
function endOf(
  { at, export: exportName }: DownloadEntry,
  took: (exportName?: string) => number | undefined,
  now: number,
) {
  const begun = Date.parse(at)
  const usual = begun + took(exportName)!
  return usual > now ? usual : now + (now - begun) / 2
}

/** Returns how long a slot usually stays free while something waits for it. */
function gapOf(past: readonly DownloadEntry[]): number {
  const inOrder = past.filter((entry) => durationOf(entry) !== undefined).toReversed()
  const gaps = inOrder.flatMap((entry, index) => {
    const before = inOrder[index - 1]
    if (!before || entry.requestedAt > before.endedAt!) return []
    return [Math.max(0, Date.parse(entry.startedAt!) - Date.parse(before.endedAt!))]
  })
  return gaps.length === 0 ? 0 : gaps.sort((one, other) => one - other)[Math.floor(gaps.length / 2)]!
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function iso(millis: number): string {
  return new Date(millis).toISOString()
}
