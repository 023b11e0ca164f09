/** In which order what waits is shown to start. */
import type { OperatorClient } from '../../client/operator.ts'
import { inTurn } from '../../console/pages/turn.ts'

const AT = '2026-01-01T00:00:00.000Z'

test('if more wait than are read, those whose entries were not read keep their positions', async () => {
  const turns = await inTurn(givenClient({ turns: ['first', 'second', 'last'], entries: ['last'], cursor: 'more' }))
  expect(turns.map(({ id, position }) => [id, position])).toEqual([
    ['first', 1],
    ['second', 2],
    ['last', 3],
  ])
})

test('a place whose request no longer waits has no position', async () => {
  const turns = await inTurn(givenClient({ turns: ['gone', 'last'], entries: ['last'], cursor: null }))
  expect(turns.map(({ id, position }) => [id, position])).toEqual([['last', 1]])
})

function givenClient(given: { turns: string[]; entries: string[]; cursor: string | null }): OperatorClient {
  const waiting = given.entries.map((id) => ({ id, state: 'waiting', at: AT, requestedAt: AT, redriveCount: 0 }))
  const client = {
    turns: async () => given.turns.map((name) => ({ name, turnOf: name, arrivedAt: AT })),
    downloads: async ({ state }: { state?: string }) =>
      state === 'waiting' ? { downloads: waiting, cursor: given.cursor } : { downloads: [], cursor: null },
  }
  return client as unknown as OperatorClient
}
