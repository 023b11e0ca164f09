/** When a request will be ready, from how long the newest runs took and what is before it. Never better than a guess. */
import type { DownloadEntry } from '../statemachine/table.ts'

/** What is to be expected of a request that waits or runs. */
export interface Forecast {
  /** How many are to start before it; 0 once it runs. */
  position: number
  /** ISO 8601, UTC. Null where nothing like it has run yet. */
  startsAt: string | null
  readyAt: string | null
  /** Why nothing starts now, and no time can be told: an operator paused downloads, or the database does not answer. */
  held?: 'pause' | 'outage'
}

/** How an export usually goes: means of its newest runs. */
export interface Typical {
  /** How many runs it is taken from. */
  runs: number
  /** From the start to the file. */
  seconds: number
  rows: number
  bytes: number
}

/** What a forecast is made from. Times are epoch milliseconds. */
export interface Situation {
  now: number
  /** Ready ones, the newest first. */
  past: readonly DownloadEntry[]
  running: readonly DownloadEntry[]
  /** The exports of what is to start before it; undefined where one is not known. */
  before: readonly (string | undefined)[]
  maxRunning: number
}

/** Older runs tell less of today's table than they smooth. */
const RUNS = 20

export function forecastWaiting(exportName: string | undefined, situation: Situation): Forecast {
  const { now, past, running, before, maxRunning } = situation
  const position = before.length
  const took = durations(past)
  const own = took(exportName)
  if (own === undefined) return { position, startsAt: null, readyAt: null }
  const gap = gapOf(past)
  // Each slot with the time when it is free; what is before takes the next one that is.
  const slots = running.slice(0, maxRunning).map((entry) => endOf(entry, took, now))
  while (slots.length < maxRunning) slots.push(now)
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

/** @returns undefined where the export has no run among these */
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

/** Of an export; of one without a run the mean of all, since it must be taken for something. */
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

/** A replayed one took a time of its own. */
function durationOf({ startedAt, endedAt, redriveCount }: DownloadEntry): number | undefined {
  if (startedAt === undefined || endedAt === undefined || redriveCount > 0) return undefined
  return Date.parse(endedAt) - Date.parse(startedAt)
}

/** One that takes longer than usual is expected to take half as long again as it has. */
function endOf(
  { at, export: exportName }: DownloadEntry,
  took: (exportName?: string) => number | undefined,
  now: number,
) {
  const begun = Date.parse(at)
  const usual = begun + (took(exportName) ?? 0)
  return usual > now ? usual : now + (now - begun) / 2
}

/** How long a slot usually stays free while something waits for it. */
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
