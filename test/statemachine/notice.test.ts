import type { Failed, Finished } from '../../statemachine/contract.ts'
import { isNotice, noticeOf } from '../../statemachine/notice.ts'

const at = new Date('2026-11-30T06:00:00Z')
const request = { id: 'orders-1', export: 'orders', params: {}, requestedBy: 'hanako@example.com' }
const plan = { title: 'Orders', format: 'csv', language: 'en' }
const file = { key: 'files/orders-1/orders.csv', name: 'orders.csv', rows: 7, bytes: 70 }
const failure = { step: 'ExportChunk', error: 'QueryFailed', cause: 'No\nsuch table.', redriveCount: 2 }
const noticeFrom = (document: object) =>
  noticeOf(document as Finished | Failed, 'arn:aws:states:us-east-1:000000000000:execution:Download:orders-1', at)

const common = {
  id: 'orders-1',
  execution: 'arn:aws:states:us-east-1:000000000000:execution:Download:orders-1',
  ...{ at: at.toISOString(), requestedBy: 'hanako@example.com', language: 'en', timeZone: null, export: 'orders' },
  ...{ title: 'Orders', params: {} },
}

test('the notice of a finished download has its file', () => {
  expect(noticeFrom({ request, plan, file: { ...file, crc32: '0badcafe' } })).toStrictEqual({
    ...{ ...common, status: 'ready', name: 'ready', file: { ...file, format: 'csv' }, failure: null },
  })
})

test('the notice of a failure has the run that failed and the reason on one line', () => {
  const notice = { ...common, status: 'failed', name: 'failed#2', file: null }
  const { cause: _, ...told } = { ...failure, reason: 'No such table.' }
  expect(noticeFrom({ request, plan, failure })).toStrictEqual({ ...notice, failure: told })
  expect(noticeFrom({ request, failure })).toStrictEqual({ ...notice, title: null, failure: told })
})

test('only a file that is ready is announced to the other recipients of a schedule', () => {
  const alsoTo = ['taro@example.com']
  expect(noticeFrom({ request: { ...request, alsoTo }, plan, file }).alsoTo).toEqual(alsoTo)
  expect(noticeFrom({ request: { ...request, alsoTo }, plan, failure })).not.toHaveProperty('alsoTo')
})

test('the language is that of the plan, or that of the request if there is no plan', () => {
  const languageOf = (document: object) => noticeFrom({ failure, ...document }).language
  expect(languageOf({ request, plan: { ...plan, language: 'ja' } })).toBe('ja')
  expect(languageOf({ request: { ...request, language: 'ja' } })).toBe('ja')
  expect(languageOf({ request: { ...request, language: 'fr' } })).toBe('en')
})

test('what is not valid in a request is not in its notice', () => {
  const wrong = { export: 7, requestedBy: 'hanako', timeZone: 'Tokyo', params: 'text' }
  const nothing = { export: null, requestedBy: null, timeZone: null, title: null, params: {} }
  expect(noticeFrom({ request: wrong, failure })).toMatchObject(nothing)
  expect(noticeFrom({ request: { ...wrong, export: ' ' }, failure })).toMatchObject(nothing)
  expect(noticeFrom({ request: undefined, failure })).toMatchObject(nothing)
  expect(noticeFrom({ request: { ...request, timeZone: 'Asia/Tokyo' }, failure }).timeZone).toBe('Asia/Tokyo')
})

test('ten short parameters are shown, each on one line', () => {
  const letters = [...'abcdefghijkl']
  const params = { list: [1], none: null, ...Object.fromEntries(letters.map((letter) => [letter, `${letter}\n1`])) }
  const shown = Object.fromEntries(letters.slice(0, 10).map((letter) => [letter, `${letter} 1`]))
  expect(noticeFrom({ request: { ...request, params }, plan, file }).params).toEqual(shown)
  const mixed = { 'a\nb': 7, c: true, long: 'x'.repeat(61), whole: 'x'.repeat(60) }
  expect(noticeFrom({ request: { ...request, params: mixed }, plan, file }).params).toEqual({
    ...{ 'a b': '7', c: 'true', long: `${'x'.repeat(59)}…`, whole: 'x'.repeat(60) },
  })
  expect(noticeFrom({ request: { ...request, params: undefined }, plan, file }).params).toEqual({})
})

test('the longest name that a request may have is whole', () => {
  const exportOf = (length: number) => noticeFrom({ request: { ...request, export: 'x'.repeat(length) }, plan, file })
  expect(exportOf(100).export).toBe('x'.repeat(100))
  expect(exportOf(101).export).toBe(`${'x'.repeat(99)}…`)
})

test.each([
  ['ready', true],
  ['failed', true],
  ['outage', false],
])('whether a message with the status %s is about a download: %j', (status, isAboutDownload) => {
  expect(isNotice({ status })).toBe(isAboutDownload)
})
