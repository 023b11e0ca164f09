/** The performance goals, compared with what one run of the benchmark measured. */
import type { ColdStart } from './cold-start.ts'
import type { Demo } from './demo.ts'
import type { EmptyExport } from './empty-export.ts'
import type { Figure } from './figures.ts'
import type { Transport } from './task.ts'

export interface Goal {
  figure: string
  goal: string
  /** Figure with TLS, as deployed; null if it was not measured. */
  tls: number | null
  /** Figure in plain text; null if it was not measured. */
  plain: number | null
  /** Whether every measured figure meets the goal; null if none was measured. */
  holds: boolean | null
  /** The command that measures this figure, if the benchmark does not. */
  elsewhere?: string
}

export interface Results {
  figures: Record<Transport, readonly Figure[]>
  coldStart: ColdStart | null
  emptyExport: EmptyExport | null
  demo: Demo | null
}

interface Bound {
  atLeast?: number
  atMost?: number
}

export function goalsOf({ figures, coldStart, emptyExport, demo }: Results): Goal[] {
  const find = (transport: Transport, name: string) => figures[transport].find((figure) => figure.name === name)
  const both = (figure: string, bound: Bound, of: (transport: Transport) => number | null | undefined) =>
    goal(figure, bound, [of('tls'), of('plain')])
  const one = (figure: string, bound: Bound, value: number | null | undefined) => goal(figure, bound, [value, null])
  const ratio = (name: string) => (transport: Transport) => find(transport, name)?.comparison?.ratio
  const [tls, plain] = [find('tls', 'carryout'), find('plain', 'carryout')]
  return [
    both('rows/s ÷ C client', { atLeast: 0.8 }, ratio('cClient')),
    both('rows/s ÷ SELECT … INTO OUTFILE', { atLeast: 1 }, ratio('outfile')),
    both('rows/s ÷ mydumper, one thread', { atLeast: 0.8 }, ratio('mydumper')),
    both('rows/s ÷ mariadb --quick --batch', { atLeast: 1.3 }, ratio('databaseClient')),
    both('rows/s ÷ usual Node', { atLeast: 6 }, ratio('usualNode')),
    both('rows/s ÷ the Python way', { atLeast: 15 }, ratio('python')),
    one('TLS ÷ plain text, time', { atMost: 1.15 }, tls && plain ? plain.rowsPerSecond / tls.rowsPerSecond : null),
    both('peak memory, MB', { atMost: 170 }, (transport) => find(transport, 'carryout')?.peakRssMB),
    both(
      'large collections per million rows',
      { atMost: 1 },
      (transport) => find(transport, 'carryout')?.largeCollectionsPerMillionRows,
    ),
    { ...one('peak memory at 20 million rows, MB', { atMost: 170 }, null), elsewhere: 'bench/memory.ts' },
    both(
      'Parquet: processor time ÷ DuckDB’s writer',
      { atMost: 1.3 },
      (transport) => find(transport, 'duckdb')?.cpuRatio,
    ),
    both('gzip: time ÷ plain CSV', { atMost: 1.2 }, (transport) => inverse(ratio('carryoutGzip')(transport))),
    both('row function: rows/s ÷ without', { atLeast: 0.7 }, ratio('carryoutRow')),
    both('two ranges on two processors ÷ one', { atLeast: 1.5 }, ratio('carryoutTwoRanges')),
    one('start of a cold function, ms', { atMost: 200 }, coldStart?.millis),
    one('start of a cold function, processor ms', { atMost: 400 }, coldStart?.cpuMillis),
    one('empty export, warm, message → mail, ms', { atMost: 60 }, emptyExport?.millis),
    one('the demo’s first request → mail, s', { atMost: 3 }, demo?.requestSeconds),
    one('npm run demo -- --once, first, s', { atMost: 15 }, demo?.firstSeconds),
    one('npm run demo -- --once, second, s', { atMost: 8 }, demo?.secondSeconds),
    { ...one('npm test, minutes', { atMost: 12 }, null), elsewhere: 'npm test' },
  ]
}

function goal(figure: string, bound: Bound, values: readonly (number | null | undefined)[]): Goal {
  const [tls = null, plain = null] = values.map((value) => (value == null ? null : Number(value.toFixed(2))))
  const measured = [tls, plain].filter((value) => value !== null)
  const holds = measured.every((value) => value >= (bound.atLeast ?? value) && value <= (bound.atMost ?? value))
  const text = bound.atLeast === undefined ? `≤ ${bound.atMost}` : `≥ ${bound.atLeast}`
  return { figure, goal: text, tls, plain, holds: measured.length > 0 ? holds : null }
}

function inverse(value: number | null | undefined): number | null {
  return value ? 1 / value : null
}
