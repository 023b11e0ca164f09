import { once, Refused } from '../../../functions/common/once.ts'
import type { Claim, Table } from '../../../functions/common/table.ts'

const notice = { id: 'orders-1', name: 'ready' }
/** What the table was asked for, and what was done, in order. */
let steps: string[]

beforeEach(() => {
  steps = []
})

describe('work that may be done once', () => {
  test('is claimed before and confirmed after', async () => {
    expect(await attempt(givenTable())).toBe(true)
    expect(steps).toEqual(['claim', 'work', 'confirm orders-1 ready publish messageId=1'])
  })

  test('is not done again', async () => {
    expect(await attempt(givenTable({ claim: 'done' }))).toBe(false)
    expect(steps).toEqual(['claim'])
  })

  test('is done without the table if that cannot be used, before or after', async () => {
    const broken = givenTable({ fails: true })
    expect(await attempt(broken)).toBe(true)
    expect(steps).toEqual(['claim', 'work', 'confirm orders-1 ready publish messageId=1'])
  })

  test.each<[string, Error]>([
    ['the receiver', new Refused('The webhook answered 503')],
    ['a service', Object.assign(new Error('No such topic'), { $fault: 'client' })],
  ])('that %s refused can be claimed by the next invocation immediately', async (_, refusal) => {
    await expect(attempt(givenTable(), refusal)).rejects.toBe(refusal)
    expect(steps).toEqual(['claim', 'work', 'release orders-1 ready publish'])
  })

  test.each<[string, Error]>([
    ['broke off', new Error('socket hang up')],
    ['failed within a service', Object.assign(new Error('Internal error'), { $fault: 'server' })],
  ])('that %s may have been done, so its claim stays', async (_, error) => {
    await expect(attempt(givenTable(), error)).rejects.toBe(error)
    expect(steps).toEqual(['claim', 'work'])
  })

  test('is left to an invocation whose claim lasts beyond the deadline', async () => {
    const until = new Date('2026-11-30T06:00:00Z')
    await expect(attempt(givenTable({ claim: { until } }))).rejects.toThrow(
      'Another invocation has claimed the publish of this notice until 2026-11-30T06:00:00.000Z.',
    )
    expect(steps).toEqual(['claim'])
  })
})

function attempt(table: Table, failure?: Error): Promise<boolean> {
  const work = async () => {
    steps.push('work')
    if (failure) throw failure
    return { messageId: '1' }
  }
  return once(table, notice, 'publish', work, Date.now())
}

function givenTable({ claim = 'claimed', fails = false }: { claim?: Claim; fails?: boolean } = {}): Table {
  const note = async (step: string) => {
    steps.push(step)
    if (fails) throw new Error('The table does not exist')
  }
  const table: Pick<Table, 'claim' | 'confirm' | 'release'> = {
    claim: async () => {
      await note('claim')
      return claim
    },
    confirm: (id, name, way, facts = {}) =>
      note(`confirm ${id} ${name} ${way} ${Object.entries(facts).map((fact) => fact.join('='))}`),
    release: (id, name, way) => note(`release ${id} ${name} ${way}`),
  }
  return table as Table
}
