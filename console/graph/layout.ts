/**
 * Places a state machine's states. A Map or Parallel is laid out first and then placed as one node of its size, because
 * dagre's compound graphs throw for an edge that ends at a node with children.
 */
import { Graph, layout as runDagre } from '@dagrejs/dagre'
import { innerLists, type StateList, transitionsOf } from './definition.ts'

/** A point or a size in pixels. */
export interface Point {
  x: number
  y: number
}

export interface PlacedState {
  name: string
  type: string
  /** The upper left corner. */
  x: number
  y: number
  width: number
  height: number
  /** Content of a Map or Parallel, relative to the whole drawing. */
  inner: Placed[]
}

export interface PlacedEdge {
  from: string
  to: string
  isCatch: boolean
  points: Point[]
}

export interface Placed {
  /** The upper left corner of the drawing. */
  x: number
  y: number
  width: number
  height: number
  states: PlacedState[]
  edges: PlacedEdge[]
}

const CHARACTER_WIDTH = 7.4
const TEXT_MARGIN = 16
/** Length of ` ×12` after the name of a state that was entered repeatedly. */
const COUNT_CHARACTERS = 5
const LEAST_WIDTH = 90
const HEIGHT = 34
/** Height of the header with a Map's or Parallel's name. */
const HEADER = 30
const PADDING = 12
/** Margin around the drawing. */
const MARGIN = 6

export function layout(list: StateList): Placed {
  const graph = new Graph()
  graph.setGraph({ rankdir: 'TB', nodesep: 28, ranksep: 34 })
  graph.setDefaultEdgeLabel(() => ({}))
  const insides = new Map<string, Placed[]>()
  for (const [name, state] of Object.entries(list.States)) {
    const inner = innerLists(state).map((each) => layout(each))
    insides.set(name, inner)
    graph.setNode(name, sizeOf(name, inner))
  }
  const transitions = transitionsOf(list)
  // The weight of an ordinary transition aligns its states; a Catch is led around them.
  for (const { from, to, isCatch } of transitions) graph.setEdge(from, to, { weight: isCatch ? 1 : 4 })
  runDagre(graph)

  const states = Object.entries(list.States).map(([name, { Type }]): PlacedState => {
    const node = graph.node(name) as { x: number; y: number; width: number; height: number }
    const x = node.x - node.width / 2
    const y = node.y - node.height / 2
    return {
      name,
      type: Type,
      x,
      y,
      width: node.width,
      height: node.height,
      inner: besideEachOther(insides.get(name) ?? [], { x: x + PADDING, y: y + HEADER }),
    }
  })
  const edges = transitions.map(({ from, to, isCatch }): PlacedEdge => {
    const { points } = graph.edge(from, to) as { points: Point[] }
    return { from, to, isCatch, points }
  })
  return { ...boundsOf(states, edges), states, edges }
}

/** Returns the bounds of the drawing. dagre leads some edges outside of the size that it reports. */
function boundsOf(states: readonly PlacedState[], edges: readonly PlacedEdge[]) {
  const points = [
    ...edges.flatMap((edge) => edge.points),
    ...states.flatMap(({ x, y, width, height }) => [
      { x, y },
      { x: x + width, y: y + height },
    ]),
  ]
  const x = Math.min(...points.map((point) => point.x)) - MARGIN
  const y = Math.min(...points.map((point) => point.y)) - MARGIN
  return {
    x,
    y,
    width: Math.max(...points.map((point) => point.x)) + MARGIN - x,
    height: Math.max(...points.map((point) => point.y)) + MARGIN - y,
  }
}

function sizeOf(name: string, inner: readonly Placed[]): { width: number; height: number } {
  const named = Math.max(LEAST_WIDTH, (name.length + COUNT_CHARACTERS) * CHARACTER_WIDTH + TEXT_MARGIN)
  if (inner.length === 0) return { width: named, height: HEIGHT }
  const widths = inner.reduce((sum, { width }) => sum + width + PADDING, PADDING)
  return { width: Math.max(named, widths), height: HEADER + PADDING + Math.max(...inner.map(({ height }) => height)) }
}

function besideEachOther(inner: readonly Placed[], corner: Point): Placed[] {
  let x = corner.x
  return inner.map((each) => {
    const moved = moveBy(each, { x: x - each.x, y: corner.y - each.y })
    x += each.width + PADDING
    return moved
  })
}

function moveBy({ x, y, width, height, states, edges }: Placed, by: Point): Placed {
  const move = (point: Point) => ({ x: point.x + by.x, y: point.y + by.y })
  return {
    ...move({ x, y }),
    width,
    height,
    states: states.map((state) => ({
      ...state,
      ...move(state),
      inner: state.inner.map((each) => moveBy(each, by)),
    })),
    edges: edges.map((edge) => ({ ...edge, points: edge.points.map(move) })),
  }
}
