/** Figures for people: a table in Markdown, a chart in SVG. */
import { availableParallelism, cpus } from 'node:os'
import type { EmptyExport } from './empty-export.ts'
import type { Figure } from './figures.ts'

export function table(figures: readonly Figure[]): string {
  const lines = figures.map(({ name, what, rowsPerSecond, comparison, cpuSecondsPerMillionRows, peakRssMB }) => {
    const cells = [
      name,
      what,
      rowsPerSecond.toLocaleString('en'),
      comparison === null ? '' : `${comparison.ratio.toFixed(2)}× ${comparison.of}`,
      cpuSecondsPerMillionRows?.toFixed(2) ?? '',
      peakRssMB ?? '',
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [
    '| side | what it runs | rows/s | ratio | CPU s per million rows | peak RSS, MB |',
    '| --- | --- | ---: | --- | ---: | ---: |',
    ...lines,
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

const ROW = 34
const LABEL = 150
const BAR = 520

/** Horizontal bars, as an SVG that is readable on light and on dark. */
export function chart(figures: readonly Figure[], caption: string): string {
  const most = Math.max(...figures.map((figure) => figure.rowsPerSecond))
  const height = figures.length * ROW + 70
  const bars = figures.map(({ name, rowsPerSecond }, index) => {
    const y = 44 + index * ROW
    const width = Math.max(1, Math.round((BAR * rowsPerSecond) / most))
    const colour = name.startsWith('carryout') ? '#0b7a75' : '#8a8f98'
    return `<text x="${LABEL - 10}" y="${y + 16}" text-anchor="end">${name}</text><rect x="${LABEL}" y="${y}" width="${width}" height="22" rx="3" fill="${colour}"/><text x="${LABEL + width + 8}" y="${y + 16}">${rowsPerSecond.toLocaleString('en')}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 ${height}" font-family="system-ui, sans-serif" font-size="14">
<title>Rows per second of each side</title>
<rect width="800" height="${height}" fill="#ffffff"/>
<text x="20" y="26" font-weight="600">Rows per second, more is better</text>
${bars.join('\n')}
<text x="20" y="${height - 10}" font-size="12" fill="#5b616b">${caption}</text>
</svg>
`
}

/** `4 × AMD EPYC …, Node v24.1.0`. */
export function machine(): string {
  return `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? process.arch}, Node ${process.version}`
}
