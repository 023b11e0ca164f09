/** Runs the sides in turn, with each transport. */
import { type Bench, openBench } from './bench.ts'
import { closing } from './command.ts'
import { type Figure, figuresOf, type Runs } from './figures.ts'
import type { Side } from './side.ts'
import type { Outcome, Transport } from './task.ts'

/** Share of the rows in the small runs, which separate the cost of a run from the cost of a row. */
const SMALL_SHARE = 0.1

export interface Compared {
  rows: number
  runs: number
  server: string
  /** Whether the exporter had a processor of its own. */
  isPinned: boolean
  figures: Record<Transport, Figure[]>
  /** A sentence for each side or transport that was not measured. */
  skipped: string[]
}

export interface CompareOptions {
  rows: number
  runs: number
  transports: readonly Transport[]
  say: (line: string) => void
}

export async function compare(sides: readonly Side[], options: CompareOptions): Promise<Compared> {
  const { rows, runs, say } = options
  const bench = await openBench(say)
  return closing(bench.close, async () => {
    await bench.fill(rows)
    const skipped: string[] = []
    const transports = options.transports.filter((transport) => {
      const obstacle = bench.obstacle(transport)
      if (obstacle) skipped.push(`${transport} was skipped: ${obstacle}`)
      return !obstacle
    })
    const able: Side[] = []
    for (const side of transports.length > 0 ? sides : []) {
      const obstacle = await side.obstacle(bench)
      if (obstacle) skipped.push(`${side.name} was skipped: ${obstacle}`)
      else able.push(side)
    }
    const outcomes = { tls: new Map<Side, Runs>(), plain: new Map<Side, Runs>() }
    for (let run = 1; run <= runs; run++) {
      for (const side of able) {
        for (const transport of transports) {
          const ofSide = outcomes[transport].get(side) ?? { runs: [], small: [] }
          outcomes[transport].set(side, ofSide)
          const given = Math.min(rows, side.mostRows ?? rows)
          const outcome = await runOnce(bench, side, { rows: given, transport, run })
          ofSide.runs.push(outcome)
          const speed = Math.round(given / outcome.seconds).toLocaleString('en')
          say(`${side.name} (${transport}), run ${run} of ${runs}: ${speed} rows/s`)
          const few = Math.ceil(given * SMALL_SHARE)
          if (side.isSized) ofSide.small.push(await runOnce(bench, side, { rows: few, transport, run }))
        }
      }
    }
    const figures = { tls: figuresOf(outcomes.tls), plain: figuresOf(outcomes.plain) }
    return { rows, runs, server: bench.server, isPinned: bench.processors !== null, figures, skipped }
  })
}

async function runOnce(
  bench: Bench,
  side: Side,
  { rows, transport, run }: { rows: number; transport: Transport; run: number },
): Promise<Outcome> {
  const outcome = await side.run(bench.task(rows, `${side.name}/${run}`, transport), bench)
  if (outcome.rows !== rows) throw new Error(`${side.name} delivered ${outcome.rows} rows of ${rows}`)
  await bench.clean()
  return outcome
}
