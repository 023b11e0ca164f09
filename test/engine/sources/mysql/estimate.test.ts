import { estimateOf, explainOf } from '../../../../engine/sources/mysql/estimate.ts'
import type { Session } from '../../../../engine/sources/mysql/session.ts'

const STATEMENT = { text: 'SELECT 1', parameters: [] }

test('an estimate is that of the longest table', async () => {
  expect(await estimateOf(given([{ rows: 3 }, { rows: '12' }, { rows: null }, {}]), STATEMENT)).toBe(12)
  expect(await estimateOf(given([{ rows: 1 }]), STATEMENT)).toBe(1)
})

test('there is no estimate without a table of rows', async () => {
  for (const plan of [[], [{ rows: 0 }], [{ rows: null }], [{}]]) {
    expect(await estimateOf(given(plan), STATEMENT)).toBeNull()
  }
})

test('a plan is the server’s own, in a format of rows', async () => {
  const bound: unknown[] = []
  expect(await explainOf(given([{ id: 1 }], bound), STATEMENT)).toEqual([{ id: 1 }])
  expect(bound).toEqual(['EXPLAIN FORMAT=TRADITIONAL SELECT 1'])
})

function given(plan: object[], bound: unknown[] = []): Session {
  const session = {
    async bind(_: string, parameters: { value: unknown }[]) {
      bound.push(...parameters.map(({ value }) => value))
      return 0
    },
    run: async (statement: string) => (statement.startsWith('EXECUTE') ? plan : []),
  }
  return session as unknown as Session
}
