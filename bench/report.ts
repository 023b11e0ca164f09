/** Prints the figures as Markdown tables. */
import { availableParallelism, cpus } from 'node:os'
import type { ColdStart } from './cold-start.ts'
import type { EmptyExport } from './empty-export.ts'
import type { Figure } from './figures.ts'
import type { Goal } from './goals.ts'
import type { Transport } from './task.ts'

const TITLES: Record<Transport, string> = { tls: 'as deployed (TLS)', plain: 'plain text' }

/** One line per side, with the figures for TLS first. */
export function table(figures: Record<Transport, readonly Figure[]>): string {
  const transports = (['tls', 'plain'] as const).filter((transport) => figures[transport].length > 0)
  if (transports.length === 0) return 'No side was measured.'
  const columns = ['rows/s', 'ratio', 'CPU s per million rows', 'CPU s of a start', 'peak RSS, MB']
  const heads = transports.flatMap((transport) =>
    columns.map((column, index) => (index === 0 ? `${TITLES[transport]}: ${column}` : column)),
  )
  const lines = figures[transports[0]!].map(({ name, what }) => {
    const cells = transports.flatMap((transport) => {
      const figure = figures[transport].find((candidate) => candidate.name === name)
      return figure ? cellsOf(figure) : columns.map(() => '')
    })
    return `| ${[name, what, ...cells].join(' | ')} |`
  })
  return [
    `| side | what it runs | ${heads.join(' | ')} |`,
    `| --- | --- | ${transports.map(() => '---: | --- | ---: | ---: | ---:').join(' | ')} |`,
    ...lines,
  ].join('\n')
}

function cellsOf(figure: Figure): string[] {
  const { rowsPerSecond, comparison, cpuSecondsPerMillionRows, startCpuSeconds, peakRssMB } = figure
  return [
    rowsPerSecond.toLocaleString('en'),
    comparison === null ? '' : `${comparison.ratio.toFixed(2)}× ${comparison.of}`,
    cpuSecondsPerMillionRows?.toFixed(2) ?? '',
    startCpuSeconds?.toFixed(2) ?? '',
    peakRssMB === null ? '' : String(peakRssMB),
  ]
}

export function goalsTable(goals: readonly Goal[]): string {
  const lines = goals.map(({ figure, goal, tls, plain, holds, elsewhere }) => {
    const verdict =
      holds === null ? (elsewhere ? `not measured here: ${elsewhere}` : 'not measured') : holds ? 'yes' : 'no'
    return `| ${figure} | ${goal} | ${tls ?? ''} | ${plain ?? ''} | ${verdict} |`
  })
  return ['| figure | goal | as deployed | plain text | met |', '| --- | --- | ---: | ---: | --- |', ...lines].join(
    '\n',
  )
}

export function coldStartTable({ runs, millis, cpuMillis, importMillis, importCpuMillis }: ColdStart): string {
  return [
    `| a cold export-chunk, median of ${runs} | ms | processor ms |`,
    '| --- | ---: | ---: |',
    `| its import | ${importMillis} | ${importCpuMillis} |`,
    `| its import and first connection | ${millis} | ${cpuMillis} |`,
  ].join('\n')
}

export function emptyExportTable({ runs, millis, parts }: EmptyExport): string {
  const share = (part: number) => `${((100 * part) / millis).toFixed(0)} %`
  return [
    `| an export of no rows, median of ${runs} | ms | |`,
    '| --- | ---: | ---: |',
    ...Object.entries(parts).map(([name, part]) => `| ${name} | ${part.toFixed(1)} | ${share(part)} |`),
    `| all, from message to outbox | ${millis.toFixed(1)} | |`,
  ].join('\n')
}

/** `4 × AMD EPYC …, Node v24.1.0`. */
export function machine(): string {
  return `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? process.arch}, Node ${process.version}`
}
