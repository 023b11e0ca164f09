/** The stores of the button and the list, with a server and a browser that do what each test says. */
import { jest } from '@jest/globals'
import { createDownload, type DownloadOptions } from '../../../client/element/download-store.ts'
import { createDownloadList } from '../../../client/element/list-store.ts'

const WISH: DownloadOptions = { export: 'orders', params: { to: 2, from: 1 }, language: 'ja' }
const download = (status: string, id = 'orders-1') => ({ id, status, export: 'orders' })

interface Called {
  path: string
  body: Record<string, unknown> | undefined
  language: string
}
let called: Called[]
/** Answers each call, maybe later: a body, or status, body and seconds; or throws as if the server was unreachable. */
let answer: (call: Called) => object | Promise<object>
const refused = (status: number, message: string, seconds?: number) => ({
  status,
  body: { error: { message } },
  seconds,
})

let stored: Map<string, string>
let channels: Set<{ name: string; onmessage?: (message: { data: unknown }) => void }>
let listeners: Map<string, () => void>
const page = { hidden: false }
const before = { fetch: globalThis.fetch, BroadcastChannel: globalThis.BroadcastChannel }
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] })
  called = []
  answer = () => ({ export: 'orders', seconds: 60, bytes: null, waiting: 0 })
  stored = new Map()
  channels = new Set()
  listeners = new Map()
  page.hidden = false
  const listening = {
    addEventListener: (name: string, listener: () => void) => void listeners.set(name, listener),
    removeEventListener: (name: string) => void listeners.delete(name),
  }
  Object.assign(globalThis, {
    window: listening,
    document: Object.assign(page, listening),
    localStorage: { getItem: (key: string) => stored.get(key) ?? null, setItem: stored.set.bind(stored) },
    BroadcastChannel: class {
      readonly name: string
      constructor(name: string) {
        this.name = name
        channels.add(this)
      }
      postMessage(data: unknown) {
        for (const other of channels) if (other !== this && other.name === this.name) other.onmessage?.({ data })
      }
      close() {
        channels.delete(this)
      }
    },
    fetch: async (path: string, init: RequestInit) => {
      const { 'accept-language': language } = init.headers as Record<string, string>
      const call = { path, body: init.body ? JSON.parse(init.body as string) : undefined, language: language! }
      called.push(call)
      // A store that never stops asking gets no answer any more, so that the test ends.
      if (called.length > 500) return await new Promise<Response>(() => {})
      const said = (await answer(call)) as Partial<ReturnType<typeof refused>>
      const { status = 200, body = said, seconds } = 'body' in said ? said : {}
      const headers = new Headers(seconds === undefined ? [] : [['retry-after', String(seconds)]])
      return new Response(JSON.stringify(body), { status, headers })
    },
  })
})
afterEach(() => {
  jest.restoreAllMocks()
  jest.useRealTimers()
  Object.assign(globalThis, before)
  for (const name of ['window', 'document', 'localStorage']) Reflect.deleteProperty(globalThis, name)
})

/** Lets the calls that are under way end. */
const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}
const pass = async (seconds: number) => {
  jest.advanceTimersByTime(seconds * 1000)
  await settle()
}
async function subscribed<Store extends { subscribe(listener: () => void): () => void }>(store: Store) {
  let changes = 0
  const leave = store.subscribe(() => void changes++)
  await settle()
  return { store, leave, changes: () => changes }
}

describe('a button’s download', () => {
  test('is foreseen before it is requested, once', async () => {
    const { store } = await subscribed(createDownload(WISH))
    expect(store.getState()).toMatchObject({ phase: 'idle', expected: { seconds: 60 }, download: null, problem: null })
    expect(called).toEqual([{ path: '/downloads/expect?export=orders', body: undefined, language: 'ja' }])
    await pass(600)
    expect(called).toHaveLength(1)
  })

  test('is requested, and asked for as often as the server says, until it is over', async () => {
    const { store, changes } = await subscribed(createDownload({ ...WISH, src: '/mine', format: 'csv' }))
    answer = () => ({ outcome: 'requested', download: download('waiting') })
    store.request()
    expect(store.getState().phase).toBe('requesting')
    store.request()
    await settle()
    expect(called.slice(1)).toEqual([
      {
        ...{ path: '/mine', language: 'ja' },
        body: { export: 'orders', params: { to: 2, from: 1 }, format: 'csv', id: expect.any(String), fresh: false },
      },
    ])
    expect(store.getState()).toMatchObject({ phase: 'waiting', outcome: 'requested', download: { id: 'orders-1' } })
    expect(changes()).toBeGreaterThan(1)
    answer = () => ({ status: 200, body: download('waiting'), seconds: 3 })
    await pass(0.99)
    expect(called).toHaveLength(2)
    const [shown, seen] = [store.getState(), changes()]
    await pass(0.01)
    expect(called[2]).toMatchObject({ path: '/mine/orders-1', body: undefined })
    expect([store.getState(), changes()]).toEqual([shown, seen])
    answer = () => download('ready')
    await pass(2.99)
    expect(called).toHaveLength(3)
    await pass(0.01)
    expect(store.getState().phase).toBe('ready')
    await pass(600)
    expect(called).toHaveLength(4)
  })

  test('that is requested afresh says so, with an id of 96 random bits', async () => {
    jest
      .spyOn(crypto, 'getRandomValues')
      .mockImplementation((bits) => (bits as unknown as Uint32Array).fill(7) as never)
    const { store } = await subscribed(createDownload(WISH))
    store.request({ fresh: true })
    await settle()
    expect(called[1]?.body).toMatchObject({ fresh: true, id: '7-7-7' })
  })

  test('is remembered across a reload, even while its request is under way', async () => {
    const first = await subscribed(createDownload(WISH))
    answer = () => {
      throw new TypeError('unreachable')
    }
    first.store.request()
    await settle()
    first.leave()
    const { id } = called[1]!.body!
    answer = () => ({ outcome: 'joined', download: download('running') })
    // The order of its parameters does not matter.
    const second = createDownload({ ...WISH, params: { from: 1, to: 2 } })
    const leave = second.subscribe(() => {})
    expect(second.getState().phase).toBe('requesting')
    await settle()
    leave()
    expect(called[2]?.body?.id).toBe(id)
    answer = () => download('ready')
    const { store } = await subscribed(createDownload(WISH))
    expect(called[3]?.path).toBe('/downloads/orders-1')
    expect(store.getState()).toMatchObject({ phase: 'ready', outcome: null })
    const other = await subscribed(createDownload({ ...WISH, params: {} }))
    expect(other.store.getState().phase).toBe('idle')
  })

  test('works without storage', async () => {
    Object.assign(globalThis, { localStorage: undefined })
    const { store } = await subscribed(createDownload(WISH))
    answer = () => ({ outcome: 'requested', download: download('ready') })
    store.request()
    await settle()
    expect(store.getState().phase).toBe('ready')
  })

  test('that the server refuses has failed with its sentence, and can be requested again', async () => {
    const { store } = await subscribed(createDownload(WISH))
    answer = () => refused(422, 'Narrow the request.')
    store.request()
    await settle()
    expect(store.getState()).toMatchObject({ phase: 'failed', problem: 'Narrow the request.', download: null })
    expect([...stored.values()]).toEqual([''])
    await pass(600)
    expect(called).toHaveLength(2)
    answer = () => ({ export: 'orders', seconds: 60, bytes: null, waiting: 0 })
    listeners.get('online')!()
    await settle()
    expect(store.getState()).toMatchObject({
      phase: 'failed',
      problem: 'Narrow the request.',
      expected: { seconds: 60 },
    })
    answer = () => ({ outcome: 'requested', download: download('waiting') })
    await store.again()
    await settle()
    expect(store.getState()).toMatchObject({ phase: 'waiting', problem: null })
    answer = () => refused(404, 'Download not found.')
    await pass(1)
    expect(store.getState()).toMatchObject({ phase: 'idle', download: null, problem: null })
    expect([...stored.values()]).toEqual([''])
  })

  test('that is forgotten while it is asked for stays forgotten', async () => {
    const { store } = await subscribed(createDownload(WISH))
    answer = () => ({ outcome: 'requested', download: download('waiting') })
    store.request()
    await settle()
    const { promise, resolve } = Promise.withResolvers<object>()
    answer = () => promise
    await pass(1)
    store.forget()
    resolve(download('running'))
    await settle()
    await pass(600)
    expect(store.getState()).toMatchObject({ phase: 'idle', download: null })
    expect(called).toHaveLength(3)
  })

  test('that is refused while it is asked for has the sentence until a call succeeds', async () => {
    const { store } = await subscribed(createDownload(WISH))
    answer = () => ({ outcome: 'requested', download: download('waiting') })
    store.request()
    await settle()
    answer = () => refused(401, 'Please sign in.')
    await pass(1)
    expect(store.getState()).toMatchObject({ phase: 'waiting', problem: 'Please sign in.' })
    answer = () => download('running')
    listeners.get('visibilitychange')!()
    await settle()
    expect(store.getState()).toMatchObject({ phase: 'running', problem: null })
  })

  test('is requested afresh although the call under way is refused', async () => {
    const { store } = await subscribed(createDownload(WISH))
    answer = () => ({ outcome: 'requested', download: download('running') })
    store.request()
    await settle()
    const { promise, resolve } = Promise.withResolvers<object>()
    answer = () => promise
    await pass(1)
    store.request({ fresh: true })
    answer = () => ({ outcome: 'requested', download: download('waiting', 'orders-2') })
    resolve(refused(404, 'Download not found.'))
    await settle()
    expect(store.getState()).toMatchObject({ phase: 'waiting', problem: null, download: { id: 'orders-2' } })
  })

  test('is not refused before anything is requested', async () => {
    answer = () => refused(403, 'Not allowed.')
    const { store } = await subscribed(createDownload(WISH))
    expect(store.getState()).toMatchObject({ phase: 'idle', problem: null, isOffline: false })
  })

  test('is cancelled and requested again; what is refused then leaves it as it is', async () => {
    const { store } = await subscribed(createDownload(WISH))
    answer = () => ({ outcome: 'requested', download: download('waiting') })
    store.request()
    await settle()
    answer = ({ path }) => (path.endsWith('/cancel') ? refused(409, 'Too late.') : download('running'))
    await store.cancel()
    await settle()
    expect(store.getState()).toMatchObject({ problem: 'Too late.', phase: 'running' })
    answer = () => download('cancelled')
    await store.cancel()
    await settle()
    expect(store.getState()).toMatchObject({ problem: null, phase: 'cancelled' })
    answer = ({ body }) =>
      body ? { outcome: 'requested', download: download('waiting', 'orders-2') } : download('waiting', 'orders-2')
    await store.again()
    await settle()
    expect(called.filter(({ body }) => body).map(({ path }) => path)).toEqual([
      ...['/downloads', '/downloads/orders-1/cancel', '/downloads/orders-1/cancel', '/downloads/orders-1/again'],
    ])
    expect(store.getState()).toMatchObject({ phase: 'waiting', download: { id: 'orders-2' } })
    store.forget()
    expect(store.getState()).toMatchObject({ phase: 'idle', download: null, outcome: null })
  })

  test('is the same in every tab', async () => {
    const [one, other] = [await subscribed(createDownload(WISH)), await subscribed(createDownload(WISH))]
    const apart = await subscribed(createDownload({ ...WISH, export: 'customers' }))
    answer = () => ({ outcome: 'requested', download: download('waiting') })
    one.store.request()
    await settle()
    expect([other.store.getState().phase, apart.store.getState().phase]).toEqual(['waiting', 'idle'])
    answer = () => download('ready')
    const calls = called.length
    await pass(1)
    expect(called).toHaveLength(calls + 1)
    expect(other.store.getState().phase).toBe('ready')
    await pass(600)
    expect(called).toHaveLength(calls + 1)
    one.store.forget()
    expect(other.store.getState()).toMatchObject({ phase: 'idle', download: null })
  })

  test.each([0, 0.999])(
    'is followed by another tab once the first is closed, a little later (random %d)',
    async (random) => {
      jest.spyOn(Math, 'random').mockReturnValue(random)
      const [one, other] = [await subscribed(createDownload(WISH)), await subscribed(createDownload(WISH))]
      answer = () => ({ outcome: 'requested', download: download('waiting') })
      one.store.request()
      await settle()
      one.leave()
      answer = () => download('ready')
      await pass(1.19)
      expect(other.store.getState().phase).toBe('waiting')
      await pass(0.51)
      expect(other.store.getState().phase).toBe('ready')
    },
  )
})

describe('the server', () => {
  const offline = (error: object | undefined) => {
    answer = () => {
      if (error) return error
      throw new TypeError('unreachable')
    }
  }

  test('is asked again ever more rarely while it is unreachable, at least every 30 seconds', async () => {
    offline(undefined)
    const { store } = await subscribed(createDownload(WISH))
    for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
      const calls = called.length
      await pass(seconds - 0.01)
      expect([seconds, called.length]).toEqual([seconds, calls])
      await pass(0.01)
      expect([seconds, called.length]).toEqual([seconds, calls + 1])
    }
    expect(store.getState().isOffline).toBe(true)
    answer = () => ({ seconds: 60 })
    await pass(30)
    expect(store.getState()).toMatchObject({ isOffline: false, expected: { seconds: 60 } })
    offline(undefined)
    store.request()
    await settle()
    const calls = called.length
    await pass(1)
    expect(called).toHaveLength(calls + 1)
  })

  test('is asked again when it says so, if it is busy', async () => {
    offline(refused(503, 'Busy.', 7))
    const { store, leave } = await subscribed(createDownload(WISH))
    expect(store.getState()).toMatchObject({ isOffline: true, problem: null })
    await pass(6.99)
    expect(called).toHaveLength(1)
    await pass(0.01)
    expect(called).toHaveLength(2)
    leave()
    expect(jest.getTimerCount()).toBe(0)
  })

  test('is not asked while a call is under way, but once more after it if something happened', async () => {
    const { promise, resolve } = Promise.withResolvers<object>()
    answer = () => promise
    const { store } = await subscribed(createDownload(WISH))
    store.request()
    await settle()
    expect(called).toHaveLength(1)
    answer = () => ({ outcome: 'requested', download: download('waiting') })
    resolve({ seconds: 60 })
    await settle()
    expect(called.map(({ path }) => path)).toEqual(['/downloads/expect?export=orders', '/downloads'])
    expect(store.getState().phase).toBe('waiting')
  })

  test('that is asked before its time is asked again after a whole pause', async () => {
    const { store } = await subscribed(createDownload(WISH))
    answer = () => ({ outcome: 'requested', download: download('waiting') })
    store.request()
    await settle()
    const { promise, resolve } = Promise.withResolvers<object>()
    answer = () => promise
    listeners.get('online')!()
    await pass(5)
    answer = () => download('ready')
    resolve({ status: 200, body: download('waiting'), seconds: 3 })
    await settle()
    await pass(2.99)
    expect(called).toHaveLength(3)
    await pass(0.01)
    expect(called).toHaveLength(4)
  })

  test.each([
    [500, false],
    [501, true],
  ])('that answers with %i is taken for unreachable: %j', async (status, isOffline) => {
    const { store } = await subscribed(createDownload(WISH))
    offline(refused(status, 'Broken.'))
    store.request()
    await settle()
    expect(store.getState()).toMatchObject({ isOffline, problem: isOffline ? null : 'Broken.' })
  })

  test('that is unreachable for an action is asked for the state again', async () => {
    const { store } = await subscribed(createDownload(WISH))
    answer = () => ({ outcome: 'requested', download: download('waiting') })
    store.request()
    await settle()
    offline(undefined)
    await store.cancel()
    expect(store.getState().isOffline).toBe(true)
    await settle()
    answer = () => download('waiting')
    await pass(4)
    expect(store.getState().isOffline).toBe(false)
  })

  test('is not asked while the page is hidden or nobody listens, and at once when they are back', async () => {
    page.hidden = true
    const { store, leave } = await subscribed(createDownload(WISH))
    expect(called).toEqual([])
    page.hidden = false
    listeners.get('visibilitychange')!()
    await settle()
    expect(called).toHaveLength(1)
    listeners.get('online')!()
    await settle()
    expect(called).toHaveLength(2)
    const more = store.subscribe(() => {})
    leave()
    expect(listeners.size).toBe(2)
    more()
    expect([listeners.size, channels.size]).toEqual([0, 0])
    offline(undefined)
    store.request()
    await pass(600)
    expect(called).toHaveLength(2)
  })
})

describe('the list', () => {
  test('has one page at first, and as many more as are wanted, in pages of at most 100', async () => {
    const all = Array.from({ length: 130 }, (_, index) => download('ready', `orders-${index}`))
    answer = ({ path }) => {
      const query = new URL(path, 'http://localhost').searchParams
      const from = Number(query.get('after') ?? 0)
      const to = from + Number(query.get('limit'))
      return { downloads: all.slice(from, to), next: to < all.length ? String(to) : null }
    }
    const { store } = await subscribed(createDownloadList({ language: 'en', limit: 50 }))
    expect(store.getState()).toMatchObject({ downloads: { length: 50 }, hasMore: true })
    store.more()
    await settle()
    store.more()
    await settle()
    expect(store.getState()).toMatchObject({ downloads: { length: 130 }, hasMore: false })
    expect(called.map(({ path }) => path)).toEqual([
      ...['/downloads?limit=50', '/downloads?limit=100', '/downloads?limit=100', '/downloads?limit=50&after=100'],
    ])
    await pass(600)
    expect(called).toHaveLength(4)
  })

  test('is of ten by default, and asked for again while one of them is not over', async () => {
    answer = () => ({ downloads: [download('running'), download('ready', 'orders-0')], next: null })
    const created = createDownloadList({ language: 'en' })
    expect(created.getState()).toEqual({ downloads: null, hasMore: false, problem: null, isOffline: false })
    const { store } = await subscribed(created)
    expect(called[0]?.path).toBe('/downloads?limit=10')
    await pass(2.99)
    expect(called).toHaveLength(1)
    await pass(0.01)
    expect(called).toHaveLength(2)
    answer = ({ body }) => (body ? download('cancelled') : { downloads: [download('cancelled')], next: null })
    await store.cancel('orders-1')
    expect(store.getState().downloads).toMatchObject([{ status: 'cancelled' }, { id: 'orders-0' }])
    await settle()
    answer = ({ body }) =>
      body ? { outcome: 'requested', download: download('waiting', 'orders-2') } : refused(500, 'Broken.')
    await store.again('orders-1')
    expect(store.getState().downloads).toMatchObject([{ id: 'orders-2' }, { id: 'orders-1' }])
    await settle()
    expect(store.getState()).toMatchObject({ problem: 'Broken.', downloads: { length: 2 } })
    // It was the list that was refused: another one is the end of it, unless an action is refused meanwhile.
    answer = () => ({ downloads: [download('ready')], next: null })
    listeners.get('online')!()
    await settle()
    expect(store.getState().problem).toBeNull()
    answer = () => refused(500, 'Broken.')
    listeners.get('online')!()
    await settle()
    answer = ({ body }) => (body ? refused(409, 'Too late.') : { downloads: [download('ready')], next: null })
    await store.cancel('orders-1')
    await settle()
    expect(store.getState()).toMatchObject({ problem: 'Too late.', downloads: { length: 1 } })
  })

  test('hears of the downloads of buttons, once it is known', async () => {
    const { promise, resolve } = Promise.withResolvers<object>()
    answer = () => promise
    const list = await subscribed(createDownloadList({ language: 'en' }))
    list.store.more()
    answer = () => ({ outcome: 'requested', download: download('waiting') })
    const { store } = await subscribed(createDownload(WISH))
    store.request()
    await settle()
    expect(store.getState()).toMatchObject({ phase: 'waiting', isOffline: false })
    answer = () => ({ downloads: [], next: null })
    resolve({ downloads: [], next: null })
    await settle()
    expect(list.store.getState().downloads).toEqual([])
    expect(called.filter(({ path }) => path.includes('limit')).map(({ path }) => path)).toEqual([
      ...['/downloads?limit=10', '/downloads?limit=10'],
    ])
    answer = () => ({ status: 200, body: download('waiting'), seconds: 1 })
    await pass(1)
    expect(list.store.getState().downloads).toMatchObject([{ id: 'orders-1', status: 'waiting' }])
    const calls = called.length
    answer = ({ path }) => (path.includes('limit') ? { downloads: [download('ready')], next: null } : download('ready'))
    await pass(1)
    expect(called.slice(calls).map(({ path }) => path)).toEqual(['/downloads/orders-1'])
    expect(list.store.getState().downloads).toMatchObject([{ status: 'ready' }])
    store.forget()
    expect(list.store.getState().downloads).toMatchObject([{ status: 'ready' }])
    await pass(600)
    // What is over needs no more calls of the list.
    const later = called.length
    answer = ({ body }) => (body ? { outcome: 'finished', download: download('ready') } : download('ready'))
    store.request()
    await settle()
    await pass(600)
    expect(called.slice(later).map(({ path }) => path)).toEqual(['/downloads', '/downloads/orders-1'])
  })

  test('goes on with what a button leaves, and tells buttons what it does', async () => {
    answer = () => ({ downloads: [], next: null })
    const list = await subscribed(createDownloadList({ language: 'en' }))
    answer = () => ({ outcome: 'requested', download: download('waiting') })
    const { store, leave } = await subscribed(createDownload(WISH))
    store.request()
    await settle()
    leave()
    const calls = called.length
    const both = (status: string) => {
      answer = ({ path }) => (path.includes('limit') ? { downloads: [download(status)], next: null } : download(status))
    }
    both('running')
    await pass(2.99)
    expect(called).toHaveLength(calls)
    await pass(0.01)
    expect(list.store.getState().downloads).toMatchObject([{ status: 'running' }])
    const button = await subscribed(store)
    both('cancelled')
    await list.store.cancel('orders-1')
    expect(button.store.getState().phase).toBe('cancelled')
    await settle()
    const later = called.length
    // A little later than the list's own call.
    await pass(1.7)
    expect(called.slice(later).map(({ path }) => path)).toEqual(['/downloads/orders-1'])
  })
})
