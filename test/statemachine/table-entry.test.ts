import type { DownloadEntry } from '../../statemachine/table.ts'
import {
  cancelledEntry,
  type DescribedExecution,
  executionEntry,
  undeliverableEntry,
  waitingEntry,
} from '../../statemachine/table-entry.ts'

const [requestedAt, later] = ['2026-11-30T06:00:00.000Z', '2026-11-30T07:00:00.000Z']
const request = { id: 'orders-1', export: 'orders', params: { from: '2026-01-01' }, requestedBy: 'Hanako@example.com' }
const waiting = (message: unknown) => waitingEntry('orders-1', JSON.stringify(message), requestedAt)

describe('the entry of a waiting request', () => {
  test('has what its message says', () => {
    const optional = { format: 'csv', compression: 'gzip', encoding: 'utf-8' }
    expect(waiting({ ...request, ...optional })).toEqual({
      ...{ id: 'orders-1', state: 'waiting', at: requestedAt, requestedAt, redriveCount: 0, export: 'orders' },
      ...{ requestedBy: 'Hanako@example.com', requester: 'hanako@example.com', params: '{"from":"2026-01-01"}' },
      ...{ ...optional, likeness: expect.stringMatching(/^[0-9a-f]{32}$/) },
    })
  })

  test.each<[string, keyof DownloadEntry, object]>([
    ['the export’s name is not a text', 'export', { export: 7 }],
    ['the export’s name is empty', 'export', { export: '' }],
    ['there are no parameters', 'params', { params: undefined }],
    ['the requester is not a text', 'requestedBy', { requestedBy: ['a@example.com'] }],
    ['the requester is not an address', 'requester', { requestedBy: 'hanako' }],
    ['the requester is not known', 'likeness', { requestedBy: undefined }],
    ['the format is empty', 'format', { format: '' }],
    ['the compression is not a text', 'compression', { compression: 7 }],
  ])('if %s, has no %s', (_, field, change) => {
    const entry = waiting({ format: 'csv', compression: 'gzip', ...request, ...change })
    expect(entry).not.toHaveProperty(field)
    expect(entry).toMatchObject({ id: 'orders-1', state: 'waiting' })
  })

  test.each(['not JSON', 'null', '"text"', '7', ''])('of the message %j has none of a request’s fields', (body) => {
    expect(waitingEntry('a', body, requestedAt)).toEqual({
      ...{ id: 'a', state: 'waiting', at: requestedAt, requestedAt, redriveCount: 0 },
    })
  })

  test('has parameters of up to 1 KiB as JSON', () => {
    const params = (bytes: number) => ({ note: 'x'.repeat(bytes - '{"note":""}'.length) })
    expect(waiting({ ...request, params: params(1024) }).params).toHaveLength(1024)
    expect(waiting({ ...request, params: params(1025) })).not.toHaveProperty('params')
  })

  test('has every address and export’s name that a request may have, and shortens a longer name', () => {
    const address = (length: number) => `a@${'x'.repeat(length - 6)}.com`
    expect(waiting({ ...request, requestedBy: address(254) }).requestedBy).toBe(address(254))
    expect(waiting({ ...request, requestedBy: address(255) })).not.toHaveProperty('requestedBy')
    expect(waiting({ ...request, export: 'x'.repeat(100) }).export).toBe('x'.repeat(100))
    expect(waiting({ ...request, export: 'x'.repeat(101) }).export).toBe(`${'x'.repeat(99)}…`)
  })
})

test('the entry of a dead letter has failed, because it could not be started', () => {
  expect(undeliverableEntry('orders-1', JSON.stringify(request), requestedAt, later)).toMatchObject({
    ...{ state: 'failed', at: later, requestedAt, error: 'NotStarted', requester: 'hanako@example.com' },
    reason: 'It could not be started, and is in the dead-letter queue.',
  })
})

test('the entry of a request that was cancelled while it waited ended then', () => {
  expect(cancelledEntry(waiting(request), later)).toEqual({
    ...{ id: 'orders-1', state: 'cancelled', at: later, requestedAt, redriveCount: 0, endedAt: later },
  })
})

describe('the entry of an execution', () => {
  const [startedAt, redrivenAt, endedAt] = [requestedAt, later, '2026-11-30T08:00:00.000Z'].map((at) => new Date(at!))
  const running: DescribedExecution = {
    ...{ name: 'orders-1', status: 'RUNNING', startedAt: startedAt!, endedAt: null, redriveCount: 0, redrivenAt: null },
    ...{ input: null, output: null, error: null, cause: null },
  }
  const entryOf = (change: Partial<DescribedExecution>) => executionEntry({ ...running, ...change })
  const common = { id: 'orders-1', requestedAt, startedAt: requestedAt, redriveCount: 0 }
  const [redriven, ended] = [redrivenAt!.toISOString(), endedAt!.toISOString()]

  test('that runs has its start, and its input’s fields', () => {
    expect(entryOf({})).toStrictEqual({ ...common, state: 'running', at: requestedAt })
    expect(entryOf({ input: JSON.stringify(request) })).toMatchObject({ ...common, export: 'orders' })
  })

  test('that was redriven runs since then, and has not ended', () => {
    expect(entryOf({ redrivenAt: redrivenAt!, redriveCount: 1 })).toStrictEqual({
      ...{ ...common, state: 'running', at: redriven, redriveCount: 1, redrivenAt: redriven },
    })
    const pending = entryOf({ status: 'PENDING_REDRIVE', endedAt: endedAt!, redrivenAt: redrivenAt! })
    expect(pending).toStrictEqual({ ...common, state: 'running', at: redriven, redrivenAt: redriven })
  })

  test('that succeeded has its file, and what the plan says about it', () => {
    const file = { name: 'orders.csv', key: 'k', rows: 7, bytes: 70 }
    const fields = { title: 'Orders', format: 'csv', fileName: 'orders.csv', rows: 7, bytes: 70 }
    for (const catalogue of [{}, { catalogue: 'c0ffee' }]) {
      const output = JSON.stringify({ plan: { title: 'Orders', format: 'csv', ...catalogue }, file })
      expect(entryOf({ status: 'SUCCEEDED', endedAt: endedAt!, output })).toStrictEqual({
        ...{ ...common, state: 'ready', at: ended, endedAt: ended, ...fields, ...catalogue },
      })
    }
  })

  test('whose output is too long for its event is ready without the file’s fields', () => {
    expect(entryOf({ status: 'SUCCEEDED', endedAt: endedAt! })).toStrictEqual({
      ...{ ...common, state: 'ready', at: ended, endedAt: ended },
    })
  })

  test('that ended because the request was cancelled while it waited is cancelled', () => {
    const output = JSON.stringify({ cancelled: { at: requestedAt, by: 'hanako@example.com' } })
    expect(entryOf({ status: 'SUCCEEDED', endedAt: endedAt!, output })).toStrictEqual({
      ...{ ...common, state: 'cancelled', at: ended, endedAt: ended },
    })
  })

  test('that was stopped is cancelled', () => {
    const output = JSON.stringify({ file: { name: 'orders.csv' } })
    expect(entryOf({ status: 'ABORTED', endedAt: endedAt!, output })).toStrictEqual({
      ...{ ...common, state: 'cancelled', at: ended, endedAt: ended },
    })
  })

  test('that failed has its error, and its reason if there is one', () => {
    const cause = JSON.stringify({ errorMessage: 'Halt: The table orders\ndoes not exist.' })
    expect(entryOf({ status: 'FAILED', endedAt: endedAt!, error: 'QueryFailed', cause })).toStrictEqual({
      ...{ ...common, state: 'failed', at: ended, endedAt: ended, error: 'QueryFailed' },
      reason: 'Halt: The table orders does not exist.',
    })
    expect(entryOf({ status: 'TIMED_OUT', endedAt: endedAt! })).toStrictEqual({
      ...{ ...common, state: 'failed', at: ended, endedAt: ended, error: 'States.Timeout' },
    })
  })
})
