/** Shows what each invocation of `export-chunk` wrote: a chart of rows and speed, and a table. */
import type { ChunkSample } from '@carryout/client/operator'
import { html } from 'hono/html'
import type { Markup, View } from '../view/page.ts'

const HEIGHT = 90
/** Width of one chunk in the chart. */
const STEP = 10
/** Maximum rows of the table; an export of weeks has thousands of chunks. */
const SHOWN = 100
/** Maximum bars of the chart; with more chunks, several share a bar. */
const MOST_BARS = 200

export function chunksSection(view: View, chunks: readonly ChunkSample[]): Markup | '' {
  if (chunks.length === 0) return ''
  const { texts: t, formats: f } = view
  const hasRanges = chunks.some(({ range }) => range > 0)
  const rows = chunks
    .slice(-SHOWN)
    .map(
      (chunk, index) =>
        html`<tr><td class="number">${f.count(Math.max(0, chunks.length - SHOWN) + index + 1)}</td>${hasRanges ? html`<td class="number">${f.count(chunk.range + 1)}</td>` : ''}<td class="number">${f.count(chunk.rows)}</td><td class="number">${f.size(chunk.bytes)}</td><td class="number">${f.duration(millisOf(chunk))}</td><td class="number">${f.count(Math.round(speedOf(chunk)))}</td></tr>`,
    )
  return html`<h2>${t.chunks}</h2>${chunks.length > 1 ? chart(view, joined(chunks)) : ''}
<div class="scroll" tabindex="0"><table><thead><tr><th scope="col" class="number">${t.chunk}</th>${hasRanges ? html`<th scope="col" class="number">${t.range}</th>` : ''}<th scope="col" class="number">${t.rows}</th><th scope="col" class="number">${t.bytes}</th><th scope="col" class="number">${t.took}</th><th scope="col" class="number">${t.speedHeading}</th></tr></thead><tbody>${rows}</tbody></table></div>`
}

/** Joins neighbouring chunks so that they fit the chart; a bar's speed is that of its own chunks. */
function joined(chunks: readonly ChunkSample[]): ChunkSample[] {
  const each = Math.ceil(chunks.length / MOST_BARS)
  if (each === 1) return [...chunks]
  return Array.from({ length: Math.ceil(chunks.length / each) }, (_, index) => {
    const group = chunks.slice(index * each, (index + 1) * each)
    const [{ range, startedAt }] = group as [ChunkSample]
    const sum = (of: (chunk: ChunkSample) => number) => group.reduce((total, chunk) => total + of(chunk), 0)
    const finishedAt = new Date(startedAt.getTime() + sum(millisOf))
    return { range, startedAt, finishedAt, rows: sum(({ rows }) => rows), bytes: sum(({ bytes }) => bytes) }
  })
}

function chart({ texts: t, formats: f }: View, chunks: readonly ChunkSample[]): Markup {
  const most = Math.max(1, ...chunks.map(({ rows }) => rows))
  const fastest = Math.max(1, ...chunks.map(speedOf))
  const y = (share: number) => (HEIGHT - 2 - share * (HEIGHT - 6)).toFixed(1)
  const bars = chunks.map((chunk, index) => {
    const top = y(chunk.rows / most)
    const said = `${f.count(chunk.rows)} · ${f.size(chunk.bytes)} · ${t.perSecond(f.count(Math.round(speedOf(chunk))))}`
    return html`<rect x="${index * STEP + 1}" y="${top}" width="${STEP - 2}" height="${(HEIGHT - 1 - Number(top)).toFixed(1)}"><title>${said}</title></rect>`
  })
  const line = chunks.map((chunk, index) => `${index * STEP + STEP / 2},${y(speedOf(chunk) / fastest)}`).join(' ')
  return html`<svg class="chart" viewBox="0 0 ${chunks.length * STEP} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${t.chunkChart}">${bars}<polyline points="${line}" vector-effect="non-scaling-stroke"/></svg><p class="soft">${t.chunkChart}</p>`
}

function millisOf({ startedAt, finishedAt }: ChunkSample): number {
  return finishedAt.getTime() - startedAt.getTime()
}

/** Returns rows per second. */
function speedOf(chunk: ChunkSample): number {
  return chunk.rows / (Math.max(1, millisOf(chunk)) / 1000)
}
