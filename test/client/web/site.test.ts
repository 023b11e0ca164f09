/** What all calls of one handler share. */
import { jest } from '@jest/globals'
import { PartMissing } from '../../../client/errors.ts'
import { Site } from '../../../client/web/site.ts'
import { givenFakeTime } from '../../support/fake-time.ts'

const REQUEST = { export: 'orders', requestedBy: 'hanako@example.com' }

let time: ReturnType<typeof givenFakeTime>
beforeEach(() => {
  time = givenFakeTime(Date.parse('2026-07-01T00:00:00.000Z'))
})
afterEach(() => {
  time.restore()
  jest.restoreAllMocks()
})

function givenSite(client: object = {}, options: object = {}) {
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  const site = new Site({ carryout: client as never, identify: () => null, onError, ...options })
  return { site, errors }
}

test('a site is at /downloads and allows ten pending downloads, unless it is told otherwise', () => {
  expect(givenSite().site).toMatchObject({ base: '/downloads', pendingLimit: 10 })
  const { site } = givenSite({}, { base: '/ダウンロード', pendingLimit: 3 })
  expect(site).toMatchObject({ base: '/%E3%83%80%E3%82%A6%E3%83%B3%E3%83%AD%E3%83%BC%E3%83%89', pendingLimit: 3 })
})

test('how long files are kept comes from the stack, if it is known', async () => {
  expect(await givenSite({ parts: async () => ({ fileRetentionDays: 7 }) }).site.retentionDays()).toBe(7)
  expect(await givenSite({ parts: async () => ({}) }).site.retentionDays()).toBeNull()
})

test('single downloads and forecasts are read through the client', async () => {
  const table = { entry: async () => undefined, line: async () => [{ place: '1#a', export: 'orders' }] }
  const { site } = givenSite({ requireTable: async () => table })
  expect([await site.looks.at('orders-1', 'hanako'), await site.outlook.waiting()]).toEqual([undefined, 1])
})

describe('the catalogue', () => {
  const NOT_ANSWERED = 'The catalogue did not answer within 5 s. The request was sent unexamined.'

  test('is asked about a request', async () => {
    const examined = { problem: null, catalogue: '0123456789abcdef' }
    const asked: unknown[] = []
    const examine = async (request: unknown) => {
      asked.push(request)
      return examined
    }
    expect(await givenSite({ examine }).site.examine(REQUEST)).toBe(examined)
    expect(asked).toEqual([REQUEST])
  })

  test('that does not answer within five seconds is not waited for, and the app is told once', async () => {
    const { site, errors } = givenSite({ examine: () => new Promise(() => {}) })
    for (let count = 0; count < 2; count++) {
      const examined: unknown[] = []
      void site.examine(REQUEST).then((answer) => examined.push(answer))
      await jest.advanceTimersByTimeAsync(4_999)
      expect(examined).toEqual([])
      await jest.advanceTimersByTimeAsync(1)
      expect(examined).toEqual([undefined])
    }
    expect(errors).toEqual([new Error(NOT_ANSWERED)])
  })

  test('that fails does not keep a request from being sent, and the app is told once', async () => {
    const examine = async () => {
      throw new Error('AccessDenied')
    }
    const { site, errors } = givenSite({ examine })
    expect([await site.examine(REQUEST), await site.examine(REQUEST)]).toEqual([undefined, undefined])
    expect(errors).toEqual([new Error('AccessDenied')])
  })

  test('that cannot be asked because a package is not installed is not reported as an error', async () => {
    const examine = async () => {
      throw new PartMissing('@aws-sdk/client-lambda is not installed.')
    }
    const { site, errors } = givenSite({ examine })
    expect(await site.examine(REQUEST)).toBeUndefined()
    expect(errors).toEqual([])
  })

  test('is named in the log of an app that has no onError', async () => {
    const logged = jest.spyOn(console, 'error').mockImplementation(() => {})
    const failure = new Error('AccessDenied')
    const { site } = givenSite({ examine: () => Promise.reject(failure) }, { onError: undefined })
    await site.examine(REQUEST)
    site.report(failure)
    expect(logged.mock.calls).toEqual([
      ['Carryout’s catalogue could not be asked:', failure],
      ['Carryout could not answer:', failure],
    ])
  })
})

test('errors go to the app instead of the log', () => {
  const logged = jest.spyOn(console, 'error').mockImplementation(() => {})
  const { site, errors } = givenSite()
  site.report('error')
  expect([errors, logged.mock.calls]).toEqual([['error'], []])
})

test('what a user has requested is known for ten seconds', async () => {
  const { site } = givenSite()
  expect(site.recentOf('hanako')).toEqual([])
  site.addRecent('hanako', 'a')
  await jest.advanceTimersByTimeAsync(1_000)
  site.addRecent('hanako', 'b')
  site.addRecent('taro', 'c')
  expect([site.recentOf('hanako'), site.recentOf('taro')]).toEqual([['a', 'b'], ['c']])
  await jest.advanceTimersByTimeAsync(8_999)
  expect(site.recentOf('hanako')).toEqual(['a', 'b'])
  await jest.advanceTimersByTimeAsync(1)
  expect(site.recentOf('hanako')).toEqual(['b'])
  await jest.advanceTimersByTimeAsync(1_000)
  expect([site.recentOf('hanako'), site.recentOf('taro')]).toEqual([[], []])
})

describe('work of one user', () => {
  test('is done one after the other, while other users’ goes on', async () => {
    const { site } = givenSite()
    const done: string[] = []
    const first = Promise.withResolvers<void>()
    const work = (name: string, until?: Promise<void>) => async () => {
      done.push(`${name} begins`)
      await until
      done.push(`${name} ends`)
      return name
    }
    const all = [
      site.inTurn('hanako', work('first', first.promise)),
      site.inTurn('hanako', work('second')),
      site.inTurn('taro', work('other')),
    ]
    expect(await all[2]).toBe('other')
    expect(done).toEqual(['first begins', 'other begins', 'other ends'])
    const third = all[1]!.then(() => site.inTurn('hanako', work('third')))
    first.resolve()
    expect(await Promise.all([...all, third])).toEqual(['first', 'second', 'other', 'third'])
    expect(done.slice(3)).toEqual(['first ends', 'second begins', 'second ends', 'third begins', 'third ends'])
  })

  test('waits for the last of what came before, although an earlier one has ended', async () => {
    const { site } = givenSite()
    const done: string[] = []
    const free = Promise.withResolvers<void>()
    const first = site.inTurn('hanako', async () => void done.push('first'))
    const second = site.inTurn('hanako', async () => {
      await free.promise
      done.push('second')
    })
    await first
    const third = site.inTurn('hanako', async () => void done.push('third'))
    await jest.advanceTimersByTimeAsync(1)
    expect(done).toEqual(['first'])
    free.resolve()
    await Promise.all([second, third])
    expect(done).toEqual(['first', 'second', 'third'])
  })

  test('that fails does not keep the next from being done', async () => {
    const { site } = givenSite()
    const failing = site.inTurn('hanako', () => Promise.reject(new Error('Throttled')))
    const next = site.inTurn('hanako', async () => 'done')
    await expect(failing).rejects.toThrow('Throttled')
    expect(await next).toBe('done')
  })
})
