import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { innerLists, type StateList, transitionsOf } from '../../console/graph/definition.ts'
import { layout, type Placed, type PlacedState } from '../../console/graph/layout.ts'
import { drawGraph, type StateRun } from '../../console/graph/svg.ts'

const DEFINITION = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../statemachine/download.asl.json'), 'utf8'),
) as StateList

test('every state and every transition of the machine is drawn once', () => {
  const placed = layout(DEFINITION)
  expect(namesIn(placed).sort()).toEqual(namesOf(DEFINITION).sort())
  expect(edgesIn(placed).length).toBe(edgesOf(DEFINITION))
})

test('no two states of a list overlap, and what is inside a Map stays inside it', () => {
  for (const { states } of allLists(layout(DEFINITION))) {
    for (const one of states) {
      for (const other of states) if (one !== other) expect(overlap(one, other)).toBe(false)
      for (const inner of one.inner.flatMap((each) => each.states)) expect(isInside(inner, one)).toBe(true)
    }
  }
})

test('an edge that ends at a Map ends at its border, whatever is inside', () => {
  const placed = layout(DEFINITION)
  const map = placed.states.find(({ name }) => name === 'Export') as PlacedState
  const end = placed.edges.find(({ to }) => to === 'Export')?.points.at(-1)
  expect(end?.x).toBeGreaterThanOrEqual(map.x - 1)
  expect(end?.x).toBeLessThanOrEqual(map.x + map.width + 1)
  expect(end?.y).toBeCloseTo(map.y, 0)
})

test('the branches of a Parallel lie beside each other', () => {
  const branch = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Succeed' } } })
  const placed = layout({ StartAt: 'P', States: { P: { Type: 'Parallel', Branches: [branch('A'), branch('B')] } } })
  const [a, b] = (placed.states[0] as PlacedState).inner.map(({ states }) => states[0]) as [PlacedState, PlacedState]
  expect(b.x).toBeGreaterThan(a.x + a.width)
  expect(b.y).toBe(a.y)
})

test('a state is drawn with its outcome, and names are escaped', () => {
  const list = { StartAt: '<A>', States: { '<A>': { Type: 'Task', Next: 'B' }, B: { Type: 'Succeed' } } }
  const runs = new Map<string, StateRun>([['<A>', { outcome: 'failed', runs: 3 }]])
  const svg = String(drawGraph(layout(list), runs, 'Steps', (outcome) => outcome))
  expect(svg).toContain('data-state="&lt;A&gt;"')
  expect(svg).toContain('class="state failed')
  expect(svg).toContain('×3')
  expect(svg).not.toContain('<A>')
  expect(svg).toContain('class="state none')
})

test('only the taken path is marked; a Catch if its state has failed', () => {
  const list = {
    StartAt: 'A',
    States: {
      A: { Type: 'Task', Next: 'B', Catch: [{ Next: 'C' }] },
      B: { Type: 'Succeed' },
      C: { Type: 'Succeed' },
    },
  }
  const drawn = (outcome: 'succeeded' | 'failed') => {
    const runs = new Map<string, StateRun>([
      ['A', { outcome, runs: 1 }],
      ['C', { outcome: 'succeeded', runs: 1 }],
    ])
    return String(drawGraph(layout(list), runs, '', (each) => each)).match(/edge catch taken/g)?.length ?? 0
  }
  expect(drawn('failed')).toBe(1)
  expect(drawn('succeeded')).toBe(0)
})

function namesOf({ States }: StateList): string[] {
  return Object.entries(States).flatMap(([name, state]) => [name, ...innerLists(state).flatMap(namesOf)])
}

function edgesOf(list: StateList): number {
  const inner = Object.values(list.States).flatMap((state) => innerLists(state).map(edgesOf))
  return transitionsOf(list).length + inner.reduce((sum, count) => sum + count, 0)
}

function allLists(placed: Placed): Placed[] {
  return [placed, ...placed.states.flatMap(({ inner }) => inner.flatMap(allLists))]
}

function namesIn(placed: Placed): string[] {
  return allLists(placed).flatMap(({ states }) => states.map(({ name }) => name))
}

function edgesIn(placed: Placed) {
  return allLists(placed).flatMap(({ edges }) => edges)
}

function overlap(one: PlacedState, other: PlacedState): boolean {
  const isBeside = one.x + one.width <= other.x || other.x + other.width <= one.x
  const isAbove = one.y + one.height <= other.y || other.y + other.height <= one.y
  return !isBeside && !isAbove
}

function isInside(inner: PlacedState, outer: PlacedState): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  )
}
