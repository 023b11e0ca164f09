/** Draws the figures as an SVG with two bars per side, readable on light and dark backgrounds. */
import type { Figure } from './figures.ts'
import type { Transport } from './task.ts'

const ROW = 40
const BAR_HEIGHT = 14
const TOP = 66
const LABEL = 160
const BAR = 500
const TRANSPORTS = ['tls', 'plain'] as const
const NAMES: Record<Transport, string> = { tls: 'as deployed (TLS)', plain: 'plain text' }
/** Colours of Carryout's bar and of a peer's bar. */
const COLOURS: Record<Transport, readonly [string, string]> = {
  tls: ['#0b7a75', '#6b7280'],
  plain: ['#7cc4bf', '#c3c8d0'],
}

export function chart(figures: Record<Transport, readonly Figure[]>, caption: string): string {
  const all = [...figures.tls, ...figures.plain]
  const names = [...new Set(all.map(({ name }) => name))]
  const most = Math.max(1, ...all.map(({ rowsPerSecond }) => rowsPerSecond))
  const height = TOP + names.length * ROW + 40
  const bars = names.flatMap((name, index) => {
    const y = TOP + index * ROW
    const label = `<text x="${LABEL - 10}" y="${y + 20}" text-anchor="end">${name}</text>`
    const ofName = TRANSPORTS.flatMap((transport, line) => {
      const figure = figures[transport].find((candidate) => candidate.name === name)
      return figure
        ? bar(figure, transport, { y: y + line * (BAR_HEIGHT + 1), width: (BAR * figure.rowsPerSecond) / most })
        : []
    })
    return [label, ...ofName]
  })
  const legend = TRANSPORTS.map((transport, index) => {
    const x = 20 + index * 180
    return `<rect x="${x}" y="38" width="12" height="12" rx="2" fill="${COLOURS[transport][0]}"/><text x="${x + 18}" y="49" font-size="12">${NAMES[transport]}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 ${height}" font-family="system-ui, sans-serif" font-size="14">
<title>Rows per second of each side, as deployed and in plain text</title>
<rect width="800" height="${height}" fill="#ffffff"/>
<text x="20" y="26" font-weight="600">Rows per second, more is better</text>
${[...legend, ...bars].join('\n')}
<text x="20" y="${height - 10}" font-size="11" fill="#5b616b">${caption}</text>
</svg>
`
}

function bar(
  { name, rowsPerSecond }: Figure,
  transport: Transport,
  { y, width }: { y: number; width: number },
): string[] {
  const length = Math.max(1, Math.round(width))
  const colour = COLOURS[transport][name.startsWith('carryout') ? 0 : 1]
  return [
    `<rect x="${LABEL}" y="${y}" width="${length}" height="${BAR_HEIGHT}" rx="2" fill="${colour}"/><text x="${LABEL + length + 8}" y="${y + 11}" font-size="11">${rowsPerSecond.toLocaleString('en')}</text>`,
  ]
}
