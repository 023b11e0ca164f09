/** The pictures of the flow, and the state machine that they show. */
import { globSync, readFileSync } from 'node:fs'

interface State {
  Type: string
  Next?: string
  Default?: string
  Choices?: { Next: string }[]
  Catch?: { Next: string }[]
  ItemProcessor?: StateList
}
interface StateList {
  StartAt: string
  States: Record<string, State>
}

const ARROW = /\s+(?:--(?: .+? --)?>|-\.(?: .+? \.)?->)\s+/
const NODE = /^(\w+)(?:[[({]+([^\])}]+)[\])}]+)?$/

const machine = JSON.parse(readFileSync('statemachine/download.asl.json', 'utf8')) as StateList
const states = statesIn(machine)

describe.each(globSync('README*.md'))('%s', (file) => {
  const picture = /```mermaid\n([\s\S]*?)```/.exec(readFileSync(file, 'utf8'))?.[1] ?? ''
  const edges = edgesIn(picture)
  test('shows exactly the transitions of the state machine, those of a Catch dotted', () => {
    const shown = edges.filter(({ from, to }) => from in states && to in states).map(asText)
    expect(shown.toSorted()).toEqual([...new Set(transitionsOf(machine).map(asText))].sort())
  })

  test('begins where the state machine does', () => {
    expect(edges.filter(({ from }) => from === 'start').map(({ to }) => to)).toEqual([machine.StartAt])
  })
})

interface Edge {
  from: string
  to: string
  dotted: boolean
}

function asText({ from, to, dotted }: Edge): string {
  return `${from} ${dotted ? '-.->' : '-->'} ${to}`
}

function statesIn({ States }: StateList): Record<string, State> {
  const inner = Object.values(States).map(({ ItemProcessor }) => (ItemProcessor ? statesIn(ItemProcessor) : {}))
  return Object.assign({}, States, ...inner)
}

function transitionsOf({ States }: StateList): Edge[] {
  return Object.entries(States).flatMap(([from, { Next, Default, Choices = [], Catch = [], ItemProcessor }]) => [
    ...[Next, Default, ...Choices.map((choice) => choice.Next)].flatMap((to) =>
      to ? { from, to, dotted: false } : [],
    ),
    ...Catch.map(({ Next: to }) => ({ from, to, dotted: true })),
    ...(ItemProcessor ? transitionsOf(ItemProcessor) : []),
  ])
}

/** Of a flowchart: `A -- why --> B{B?} -. failed .-> C`. A node is called what is written in it. */
function edgesIn(picture: string): Edge[] {
  const lines = picture.split('\n').map((line) => line.trim())
  const names = new Map<string, string>()
  const chains = lines.filter((line) => ARROW.test(line) && !line.startsWith('subgraph'))
  for (const part of chains.flatMap((line) => line.split(ARROW))) {
    const [, id, label] = NODE.exec(part) ?? []
    if (!id) throw new Error(`The picture has a node that cannot be read: ${part}`)
    if (label) names.set(id, label)
  }
  return chains.flatMap((line) => {
    const nodes = line.split(ARROW).map((part) => part.replace(/\W.*$/, ''))
    const arrows = line.match(new RegExp(ARROW, 'g')) ?? []
    return arrows.map((arrow, index) => {
      const [from = '', to = ''] = [nodes[index], nodes[index + 1]].map((id) => names.get(id!) ?? id)
      return { from, to, dotted: arrow.includes('-.') }
    })
  })
}
