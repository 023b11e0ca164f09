/** The handler by itself: users, origins, and data that it must not reveal. It does not call AWS. */
import { jest } from '@jest/globals'
import type { Carryout } from '../../../client/carryout.ts'
import { StackNotFound } from '../../../client/errors.ts'
import type { DownloadProblem } from '../../../client/web/contract.ts'
import { createDownloads } from '../../../client/web/downloads.ts'
import type { DownloadsOptions } from '../../../client/web/options.ts'
import type { DownloadEntry } from '../../../statemachine/table.ts'

const ENTRY: DownloadEntry = {
  id: 'orders-500000',
  state: 'cancelled',
  at: '2026-07-01T00:00:00.000Z',
  requestedAt: '2026-07-01T00:00:00.000Z',
  redriveCount: 0,
  export: 'orders',
  requestedBy: 'Hanako@example.com',
  requester: 'hanako@example.com',
}

/** A table of one person's downloads, which are numbered. */
function givenHandler(change: Partial<DownloadsOptions> = {}, entryOf = numbered) {
  const carryout = {
    requireTable: async () => ({ entry: async (id: string) => entryOf(id), newest: async () => [] }),
    refresh: async () => undefined,
    parts: async () => ({ queueUrl: '', stateMachineArn: '', bucket: '' }),
  } as unknown as Carryout
  return createDownloads({ carryout, identify: () => ({ user: 'taro@example.com' }), onError: () => {}, ...change })
}

function numbered(id: string): DownloadEntry | undefined {
  const [, number] = /^orders-(\d{6})$/.exec(id) ?? []
  return number !== undefined && Number(number) % 2 === 0 ? { ...ENTRY, id } : undefined
}

const ask = (path: string, init: RequestInit = {}) => new Request(`https://shop.example.com/downloads${path}`, init)
const post = (path: string, headers: Record<string, string>, body = '{}') =>
  ask(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })
const SAME = { 'sec-fetch-site': 'same-origin' }

// Many more are tried with a real table, in ids.test.ts.
test('200 ids in a synthetic table, some of them another user’s, get the same response', async () => {
  const handler = givenHandler()
  const answers = new Set<string>()
  for (let number = 0; number < 200; number++) {
    const id = number < 100 ? `orders-${499_950 + number}` : Math.random().toString(36).slice(2)
    const response = await handler(ask(`/${id}`))
    answers.add(`${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`)
  }
  expect([...answers]).toEqual([expect.stringMatching(/^404 .*"Download not found\."/)])
  const own = givenHandler({ identify: () => ({ user: 'HANAKO@example.com' }) })
  expect((await own(ask('/orders-500000'))).status).toBe(200)
})

test('an invalid id gets the same response without reading the table', async () => {
  const asked: string[] = []
  const handler = givenHandler({}, (id) => {
    asked.push(id)
    return undefined
  })
  for (const id of ['%00', 'a'.repeat(81), '..%2F..', 'a%20b']) {
    const response = await handler(ask(`/${id}`))
    expect([response.status, ((await response.json()) as DownloadProblem).error.name]).toEqual([404, 'NotFound'])
  }
  expect(asked).toEqual([])
})

test('a user who is not signed in or not allowed learns that in their language', async () => {
  const none = givenHandler({ identify: () => null })
  const response = await none(ask('', { headers: { 'accept-language': 'ja' } }))
  expect([response.status, await response.json()]).toEqual([
    401,
    { error: { name: 'NotSignedIn', message: 'ログインしてください。' } },
  ])
  const wishes: unknown[] = []
  const allow: DownloadsOptions['allow'] = (wish) => {
    wishes.push(wish)
    return 'Only the head office may.'
  }
  const refused = await givenHandler({ allow })(post('', SAME, '{"export":"orders"}'))
  expect([refused.status, await refused.json()]).toEqual([
    403,
    { error: { name: 'NotAllowed', message: 'Only the head office may.' } },
  ])
  expect(wishes).toEqual([{ user: 'taro@example.com', export: 'orders', params: {} }])
})

test('an error of AWS is a 503, one of the app’s own a 500, and neither shows more than a sentence', async () => {
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  const throttled = Object.assign(new Error('Rate exceeded for arn:aws:…'), { $metadata: {} })
  const busy = await givenHandler({ onError }, () => {
    throw throttled
  })(ask('/orders-2'))
  expect([busy.status, busy.headers.get('retry-after'), await busy.json()]).toEqual([
    503,
    '5',
    { error: { name: 'Unavailable', message: 'Downloads are not available at the moment. Please try again shortly.' } },
  ])
  const broken = await givenHandler({ onError, identify: () => Promise.reject(new Error('session store')) })(ask(''))
  expect([broken.status, await broken.json()]).toEqual([
    500,
    { error: { name: 'Unavailable', message: 'Something went wrong. Please try again later.' } },
  ])
  expect(errors).toHaveLength(2)
})

test('a route that is not there, or another method, is refused', async () => {
  const handler = givenHandler()
  for (const path of ['/a/b', '/a/file/b', '/a/constructor']) expect((await handler(ask(path))).status).toBe(404)
  const response = await handler(ask('/a/cancel'))
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  expect((await handler(new Request('https://shop.example.com/other'))).status).toBe(404)
})

test.each([{}, { user: null }, { user: ' ' }, { user: 7 }, 'hanako@example.com'])(
  'identify’s %j has no user: nothing is listed, and the developer learns why',
  async (identity) => {
    const errors: unknown[] = []
    const onError = (error: unknown) => void errors.push(error)
    const handler = givenHandler({ onError, identify: () => identity as never })
    for (const path of ['', '/orders-2', '/orders-2/file']) expect((await handler(ask(path))).status).toBe(500)
    expect(errors).toEqual(
      Array(3).fill(expect.objectContaining({ message: expect.stringContaining('identify must return { user }') })),
    )
  },
)

test('a base outside ASCII is found at the address that browsers send', async () => {
  const handler = givenHandler({ base: '/ダウンロード', identify: () => null })
  expect((await handler(new Request('https://shop.example.com/ダウンロード/orders-2'))).status).toBe(401)
})

test('messages are in the language of the session rather than the browser’s', async () => {
  const handler = givenHandler({ identify: () => ({ user: 'taro@example.com', language: 'ja' }) })
  const response = await handler(ask('/orders-2', { headers: { 'accept-language': 'en' } }))
  expect(((await response.json()) as DownloadProblem).error.message).toBe('ダウンロードが見つかりません。')
})

test.each<[string, object, number]>([
  ['a response of AWS that is not one', { $response: {} }, 503],
  ['a time-out', { name: 'TimeoutError' }, 503],
  ['missing credentials', { name: 'CredentialsProviderError' }, 503],
  ['a refused connection', { code: 'ECONNREFUSED' }, 503],
  ['an error with a number', { code: 7 }, 500],
  ['an error of Node', { code: 'ERR_INVALID_ARG_TYPE' }, 500],
])('%s is reported and answered like that', async (_what, fields, status) => {
  const errors: unknown[] = []
  const thrown = Object.assign(new Error('No.'), fields)
  const handler = givenHandler({ onError: (error) => void errors.push(error) }, () => {
    throw thrown
  })
  expect((await handler(ask('/orders-2'))).status).toBe(status)
  expect(errors).toEqual([thrown])
})

test('a stack that does not exist is reported, and a download that does not exist is not', async () => {
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  const missing = new StackNotFound('There is no stack.')
  const response = await givenHandler({ onError }, () => {
    throw missing
  })(ask('/orders-2'))
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
  expect((await givenHandler({ onError })(ask('/orders-2'))).status).toBe(404)
  expect(errors).toEqual([missing])
})

test('while AWS does not respond, another user’s running download is treated as an unknown one', async () => {
  let refreshed = 0
  const carryout = {
    requireTable: async () => ({
      entry: async (id: string) => (id === 'orders-2' ? { ...ENTRY, id, state: 'running' } : undefined),
      newest: async () => [],
    }),
    refresh: async () => {
      refreshed++
      throw Object.assign(new Error('Rate exceeded'), { $metadata: {} })
    },
    parts: async () => ({}),
  } as unknown as Carryout
  const handler = givenHandler({ carryout })
  for (const id of ['orders-2', 'orders-3', 'orders-2']) expect((await handler(ask(`/${id}`))).status).toBe(404)
  expect(refreshed).toBe(0)
  const own = givenHandler({ carryout, identify: () => ({ user: 'hanako@example.com' }) })
  expect((await own(ask('/orders-2'))).status).toBe(503)
})

test('a user whose name differs from the requester’s by a Kelvin sign instead of K is another user', async () => {
  const entryOf = (id: string) => ({ ...ENTRY, id, requester: 'kenji@example.com' })
  const handler = givenHandler({ identify: () => ({ user: '\u212Aenji@example.com' }) }, entryOf)
  expect((await handler(ask('/orders-2'))).status).toBe(404)
  const own = givenHandler({ identify: () => ({ user: 'KENJI@example.com' }) }, entryOf)
  expect((await own(ask('/orders-2'))).status).toBe(200)
})

test('there is always a response, whatever identify and onError do', async () => {
  const french = givenHandler({ identify: () => ({ user: 'taro@example.com', language: 'fr' as never }) })
  const response = await french(ask('/orders-2', { headers: { 'accept-language': 'ja' } }))
  expect([response.status, ((await response.json()) as DownloadProblem).error.message]).toEqual([
    404,
    'ダウンロードが見つかりません。',
  ])
  const fail = () => {
    throw new Error('the log is full')
  }
  const logged = jest.spyOn(console, 'error').mockImplementation(() => {})
  expect((await givenHandler({ identify: fail, onError: fail })(ask(''))).status).toBe(500)
  expect(logged).toHaveBeenCalledWith('Carryout’s onError failed:', new Error('the log is full'))
  logged.mockRestore()
})

test('an inherited property name is not a method of a route', async () => {
  const response = await givenHandler()(ask('/orders-2', { method: 'constructor' }))
  expect(response.status).toBe(405)
})

test('options that are not valid are refused at once', () => {
  expect(() => givenHandler({ base: 'downloads/' })).toThrow('base must be a path')
})
