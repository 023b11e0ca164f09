/** Draws a state machine and what happened in it as an SVG image, with colours from the page's style sheet. */
import { html, raw } from 'hono/html'
import type { Placed, PlacedEdge, PlacedState, Point } from './layout.ts'

export type Outcome = 'succeeded' | 'failed' | 'running' | 'none'

export interface StateRun {
  outcome: Outcome
  /** How often the state was entered. */
  runs: number
}

type Markup = ReturnType<typeof html>

/**
 * @param runs by the state's name; a state without an entry was never entered
 * @param title the image's description for screen readers
 * @param outcomeName returns the word for an outcome
 */
export function drawGraph(
  placed: Placed,
  runs: ReadonlyMap<string, StateRun>,
  title: string,
  outcomeName: (outcome: Outcome) => string,
): Markup {
  const width = Math.ceil(placed.width)
  const height = Math.ceil(placed.height)
  return html`<svg class="graph" viewBox="${round(placed.x)} ${round(placed.y)} ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}">
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>
${drawList(placed, runs, outcomeName)}</svg>`
}

function drawList(
  placed: Placed,
  runs: ReadonlyMap<string, StateRun>,
  outcomeName: (outcome: Outcome) => string,
): Markup {
  const edges = placed.edges.map((edge) => drawEdge(edge, runs))
  const states = placed.states.map((state) => drawState(state, runs, outcomeName))
  return html`${edges}${states}`
}

function drawState(
  state: PlacedState,
  runs: ReadonlyMap<string, StateRun>,
  outcomeName: (outcome: Outcome) => string,
): Markup {
  const { name, type, x, y, width, height, inner } = state
  const { outcome, runs: count } = runs.get(name) ?? { outcome: 'none', runs: 0 }
  const hasInner = inner.length > 0
  const times = count > 1 ? ` ×${count}` : ''
  const textY = hasInner ? y + 20 : y + height / 2 + 4.5
  return html`<g class="state ${outcome} ${hasInner ? 'compound' : ''}" data-state="${name}">
<title>${name}: ${outcomeName(outcome)}${times}</title>
<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${type === 'Choice' ? 16 : 6}"/>
<text x="${round(x + width / 2)}" y="${round(textY)}" text-anchor="middle">${name}${times && raw(`<tspan class="times">${times}</tspan>`)}</text>
</g>${inner.map((each) => drawList(each, runs, outcomeName))}`
}

/** Draws an edge. It counts as taken if both its states were entered; a Catch also needs its state to have failed. */
function drawEdge({ from, to, isCatch, points }: PlacedEdge, runs: ReadonlyMap<string, StateRun>): Markup {
  const both = runs.has(from) && runs.has(to)
  const isTaken = both && (!isCatch || runs.get(from)?.outcome === 'failed')
  return html`<path class="edge ${isCatch ? 'catch' : ''} ${isTaken ? 'taken' : ''}" d="${pathThrough(points)}" marker-end="url(#arrow)"/>`
}

/** Rounds corners with quadratic curves from the middle of each segment to the middle of the next. */
function pathThrough(points: readonly Point[]): string {
  const [first, ...rest] = points as [Point, ...Point[]]
  const last = rest.at(-1) ?? first
  const parts = [`M${at(first)}`]
  for (const [index, point] of rest.slice(0, -1).entries()) {
    const next = rest[index + 1] as Point
    parts.push(`Q${at(point)} ${at({ x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 })}`)
  }
  parts.push(`L${at(last)}`)
  return parts.join('')
}

function at({ x, y }: Point): string {
  return `${round(x)} ${round(y)}`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
