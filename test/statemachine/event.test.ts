import { eventOf } from '../../statemachine/event.ts'
import type { Notice } from '../../statemachine/notice.ts'

const notice: Notice = {
  ...{ status: 'ready', name: 'ready', id: 'orders-1', execution: 'arn', at: '2026-11-30T06:00:00.000Z' },
  ...{ requestedBy: 'hanako@example.com', alsoTo: ['taro@example.com'], language: 'ja', timeZone: 'Asia/Tokyo' },
  ...{ export: 'orders', title: 'Orders', params: { from: '2026-01-01' }, failure: null },
  file: { key: 'files/orders-1/orders.csv', name: 'orders.csv', format: 'csv', rows: 7, bytes: 70 },
}
const told = {
  ...{ id: 'orders-1', at: notice.at, export: 'orders', title: 'Orders', requestedBy: 'hanako@example.com' },
}

test('an app is told of a file without its key, its parameters and its other recipients', () => {
  expect(eventOf(notice)).toStrictEqual({
    ...{ ...told, noticeId: 'orders-1.ready', status: 'ready', failure: null },
    file: { name: 'orders.csv', format: 'csv', rows: 7, bytes: 70 },
  })
})

test('an app is told of a failure without its reason', () => {
  const failure = { step: 'ExportChunk', error: 'QueryFailed', reason: 'No such table.', redriveCount: 1 } as const
  expect(eventOf({ ...notice, status: 'failed', name: 'failed#1', file: null, failure })).toStrictEqual({
    ...{ ...told, noticeId: 'orders-1.failed#1', status: 'failed', file: null },
    failure: { step: 'ExportChunk', error: 'QueryFailed', redriveCount: 1 },
  })
})
