/** How single downloads are read: whose they are, how often AWS is asked, and what is remembered. */
import { jest } from '@jest/globals'
import { NoSuchExecution } from '../../../client/errors.ts'
import type { History } from '../../../client/progress.ts'
import { Looks } from '../../../client/web/looks.ts'
import type { DownloadEntry } from '../../../statemachine/table.ts'
import { givenEntry, givenProgress, USER } from './scripted.ts'

/** As many as are kept. */
const REMEMBERED = 500

let now = 0
beforeEach(() => void jest.spyOn(Date, 'now').mockImplementation(() => now))
afterEach(() => jest.restoreAllMocks())

function givenLooks({
  entryOf = (id: string): DownloadEntry | undefined => givenEntry({ id }),
  refresh = async (_history: History) => givenProgress(),
} = {}) {
  const [read, refreshed]: [string[], History[]] = [[], []]
  const entry = async (id: string) => {
    read.push(id)
    return entryOf(id)
  }
  const looks = new Looks({
    requireTable: async () => ({ entry }) as never,
    refresh: async (history) => {
      refreshed.push(history)
      return await refresh(history)
    },
  })
  return { looks, read, refreshed }
}

test('a download that waits is its entry alone, and one that runs has the progress of its execution', async () => {
  const waiting = givenLooks()
  expect(await waiting.looks.at('orders-1', USER)).toEqual({ entry: givenEntry(), progress: undefined })
  expect(waiting.refreshed).toEqual([])
  const progress = givenProgress({ rows: 7 })
  const entry = givenEntry({ state: 'running' })
  const running = givenLooks({ entryOf: () => entry, refresh: async () => progress })
  expect(await running.looks.at('orders-1', USER)).toEqual({ entry, progress })
  expect(running.refreshed[0]!.progress.id).toBe('orders-1')
})

test('a download that runs goes on from what was read before', async () => {
  const { looks, refreshed } = givenLooks({ entryOf: () => givenEntry({ state: 'running' }) })
  await looks.at('orders-1', USER)
  now += 1_000
  await looks.at('orders-1', USER)
  expect(refreshed).toHaveLength(2)
  expect(refreshed[0]).toBe(refreshed[1])
})

test('a running download without an execution has no progress, and any other error is passed on', async () => {
  const errors: Error[] = [new NoSuchExecution('orders-1'), new Error('Throttled')]
  const refresh = async () => {
    throw errors[0]!
  }
  const { looks } = givenLooks({ entryOf: () => givenEntry({ state: 'running' }), refresh })
  expect(await looks.at('orders-1', USER)).toMatchObject({ progress: undefined })
  errors.shift()
  now += 1_000
  await expect(looks.at('orders-1', USER)).rejects.toThrow('Throttled')
})

test('AWS is asked at most once per second, however many watch', async () => {
  const { looks, read } = givenLooks()
  await Promise.all([looks.at('orders-1', USER), looks.at('orders-1', USER)])
  now += 999
  await looks.at('orders-1', USER)
  expect(read).toHaveLength(1)
  now += 1
  await looks.at('orders-1', USER)
  expect(read).toHaveLength(2)
})

test('after an action it is read again', async () => {
  const { looks, read } = givenLooks()
  await looks.at('orders-1', USER)
  looks.forget('orders-1', 'taro@example.com')
  await looks.at('orders-1', USER)
  expect(read).toHaveLength(1)
  looks.forget('orders-1', USER)
  await looks.at('orders-1', USER)
  expect(read).toHaveLength(2)
})

test.each<[string, DownloadEntry | undefined]>([
  ['that does not exist', undefined],
  ['of another user', givenEntry({ state: 'running', requester: 'taro@example.com' })],
  ['of which the table has only an action', { ...givenEntry(), state: undefined as never }],
])('a download %s is not found, and not remembered', async (_which, entry) => {
  const { looks, read, refreshed } = givenLooks({ entryOf: () => entry })
  expect(await looks.at('orders-1', USER)).toBeUndefined()
  expect(await looks.at('orders-1', USER)).toBeUndefined()
  expect([read.length, refreshed.length]).toEqual([2, 0])
})

test('the most recently read ones are remembered, and no more than 500', async () => {
  const { looks, read } = givenLooks()
  const ids = Array.from({ length: REMEMBERED }, (_, number) => `orders-${number}`)
  for (const id of ids) await looks.at(id, USER)
  for (const id of ids) await looks.at(id, USER)
  expect(read).toHaveLength(REMEMBERED)
  // The first was read a moment ago, so the second is forgotten for the new one.
  await looks.at(ids[0]!, USER)
  await looks.at('new', USER)
  read.length = 0
  for (const id of ['new', ids[0]!, ...ids.slice(2)]) await looks.at(id, USER)
  expect(read).toEqual([])
  await looks.at(ids[1]!, USER)
  expect(read).toEqual([ids[1]])
})
