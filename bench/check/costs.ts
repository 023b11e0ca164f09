/** Compares the processor time of the same exports between two bundles of Carryout, which run in turn. */
import type { Bench } from '../bench.ts'
import { carryoutOf } from '../carryout-side.ts'
import type { CarryoutOptions, Transport } from '../task.ts'

export interface Cost {
  kind: string
  /** Processor seconds of the cheapest run, because disturbances can only add to a run's time. */
  now: number
  before: number
  /** Now ÷ before. */
  ratio: number
}

export interface CheckOptions {
  rows: number
  runs: number
  transport: Transport
  kinds: Readonly<Record<string, CarryoutOptions>>
  /** Highest ratio of the processor time now to the processor time before. */
  tolerance: number
  say: (line: string) => void
}

/** Paths of the two bundles. */
export interface Bundles {
  now: string
  before: string
}

/** Measures a kind again if it exceeds the tolerance, and keeps the lower cost. @throws if the system reports no processor time */
export async function costs(bench: Bench, bundles: Bundles, options: CheckOptions): Promise<Cost[]> {
  const found: Cost[] = []
  for (const [kind, { ...kindOptions }] of Object.entries(options.kinds)) {
    let cost = await costOf(bench, bundles, { ...options, kind, kindOptions })
    if (cost.ratio > options.tolerance) {
      options.say(`${kind} took ${cost.ratio.toFixed(2)} times the processor time. Measuring again …`)
      const again = await costOf(bench, bundles, { ...options, kind, kindOptions })
      cost = withRatio(kind, Math.min(cost.now, again.now), Math.min(cost.before, again.before))
    }
    found.push(cost)
  }
  return found
}

interface Measurement extends CheckOptions {
  kind: string
  kindOptions: CarryoutOptions
}

async function costOf(bench: Bench, bundles: Bundles, measurement: Measurement): Promise<Cost> {
  const { kind, kindOptions, rows, runs, transport, say } = measurement
  const least = { now: Number.POSITIVE_INFINITY, before: Number.POSITIVE_INFINITY }
  for (let run = 1; run <= runs; run++) {
    for (const side of ['before', 'now'] as const) {
      const task = bench.task(rows, `${side}/${run}`, transport)
      const outcome = await carryoutOf(bundles[side], task, bench, kindOptions)
      await bench.clean()
      if (outcome.rows !== rows) throw new Error(`${kind} (${side}) delivered ${outcome.rows} rows of ${rows}`)
      if (outcome.cpuSeconds == null) throw new Error('This system does not report the processor time of a process')
      least[side] = Math.min(least[side], outcome.cpuSeconds)
      say(`${kind}, ${side}, run ${run} of ${runs}: ${outcome.cpuSeconds.toFixed(2)} processor seconds`)
    }
  }
  return withRatio(kind, least.now, least.before)
}

function withRatio(kind: string, now: number, before: number): Cost {
  return { kind, now, before, ratio: now / before }
}
