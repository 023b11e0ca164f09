import { availableParallelism, cpus } from 'node:os'

export interface Figure {
  name: string
  what: string
  rowsPerSecond: number
  peakRssMB: number | null
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The figures as a Markdown table, with what Carryout is of each. */
export function table(figures: readonly Figure[]): string {
  const own = figures.find((figure) => figure.name === 'carryout')?.rowsPerSecond
  const lines = figures.map(({ name, what, rowsPerSecond, peakRssMB }) => {
    const ratio = own === undefined || name === 'carryout' ? '' : `${(own / rowsPerSecond).toFixed(2)}×`
    return `| ${name} | ${what} | ${rowsPerSecond.toLocaleString('en')} | ${ratio} | ${peakRssMB ?? ''} |`
  })
  return [
    '| side | what it runs | rows/s | carryout ÷ it | peak RSS, MB |',
    '| --- | --- | ---: | ---: | ---: |',
    ...lines,
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
