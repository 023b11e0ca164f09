/** How packets become a result, without a server. */
import type { Packets, Receiver } from '../../../../engine/sources/mysql/receiver.ts'
import { isEnd } from '../../../../engine/sources/mysql/receiver.ts'
import { Result } from '../../../../engine/sources/mysql/result.ts'
import { DatabaseUnavailable, QueryFailed } from '../../../../statemachine/errors.ts'
import { definition, eof, err, textRow } from '../fake-server.ts'
import { payloadsOf } from './packets.ts'

const ONE = Buffer.of(1)
const [a, b, c] = ['a', 'b', 'c'].map((text) => textRow([text])) as [Buffer, Buffer, Buffer]

describe('a result', () => {
  it.each([
    [[[ONE, definition('id'), eof(), a, b, c, eof(3)]]],
    [[[ONE], [definition('id')], [eof()], [a], [b], [c], [eof(3)]]],
    [[[ONE, definition('id')], [eof(), a], [b, c], [eof(3)]]],
    [
      [
        [ONE, definition('id'), eof(), a, b],
        [c, eof(3)],
      ],
    ],
    [[[ONE, definition('id'), eof(), a, b, c], [eof(3)]]],
  ])('has columns, rows and warnings, however its packets arrive: %#', async (batches) => {
    const result = given(...batches)
    await result.start()
    expect(result.columns.map(({ name }) => name)).toEqual(['id'])
    expect(result.warnings).toBe(0)
    expect(await rowsOf(result)).toEqual([a, b, c])
    expect(result.warnings).toBe(3)
    expect(await result.next()).toBeNull()
  })

  it('may have no rows, and then gives no empty batch', async () => {
    const result = given([ONE, definition('id'), eof(), eof(0x102)])
    await result.start()
    expect(await result.next()).toBeNull()
    expect(result.warnings).toBe(0x102)
  })

  it.each([1, 250, 251, 300, 0x0102])('may have %i columns', async (count) => {
    const head = count < 251 ? Buffer.of(count) : Buffer.of(0xfc, count & 0xff, count >> 8)
    const names = Array.from({ length: count }, (_, index) => `c${index}`)
    const result = given([head, ...names.map(definition), eof(), eof()])
    await result.start()
    expect(result.columns.map(({ name }) => name)).toEqual(names)
  })

  it.each<[string, Buffer[], RegExp]>([
    ['of a statement without rows', [Buffer.of(0, 0, 0)], /returns no rows/],
    ['that asks for a local file', [Buffer.of(0xfb)], /no result/],
    ['that is empty', [Buffer.alloc(0)], /no result/],
    ['of more columns than a server has', [Buffer.of(0xfd, 0, 0, 1)], /too many columns/],
    ['whose number of columns is cut', [Buffer.of(0xfc, 1)], /too many columns/],
    ['with an end in place of a column', [ONE, eof()], /no definition of a column/],
    ['with half a column', [ONE, Buffer.from('\x03def\x01')], /half a definition of a column/],
    ['with a row in place of the columns’ end', [ONE, definition('id'), a], /no end of the columns/],
    ['with an end that is cut', [ONE, definition('id'), eof(), a, eof().subarray(0, 4)], /without its state/],
    ['with a row behind its end', [ONE, definition('id'), eof(), eof(), a], /something after the last row/],
    ['with several results', [ONE, definition('id'), eof(), a, eof(0, 8)], /several results/],
  ])('%s is refused', async (_, packets, message) => {
    const failure = await read(given(packets)).catch((error) => error)
    expect(failure.message).toMatch(message)
    expect(failure).toBeInstanceOf(/results|no rows/.test(failure.message) ? QueryFailed : DatabaseUnavailable)
  })

  it('of several results has nothing of the first', async () => {
    const result = given([ONE, definition('id'), eof(), a, eof(0, 0xffff & ~8)])
    expect(await read(result)).toEqual([a])
  })

  it.each<[string, Buffer, object]>([
    ['with a state', err(1146, 'no table'), { errno: 1146, sqlState: 'HY000', message: 'no table' }],
    ['without words', err(0x0102, ''), { errno: 0x0102, sqlState: 'HY000', message: '' }],
    ['without a state', Buffer.from('\xff\x10\x04Too many', 'latin1'), { errno: 1040, message: 'Too many' }],
    ['with words like a state', Buffer.from('\xff\x10\x04#1234', 'latin1'), { errno: 1040, message: '#1234' }],
    ['with a number only', Buffer.of(0xff, 0x10, 4), { errno: 1040, message: '' }],
  ])('is the server’s error: %s', async (_, packet, expected) => {
    const head = [ONE, definition('id'), eof()]
    for (const packets of [[packet], [ONE, packet], [...head, packet], [...head, a, packet]]) {
      const result = given(packets)
      const failure = await read(result).catch((error) => error)
      expect(failure.message).toBe('refused')
      expect(refusals.get(result)).toEqual([{ sqlState: undefined, ...expected }])
    }
  })

  it('is not an error if it has no number', async () => {
    await expect(read(given([Buffer.of(0xff, 1)]))).rejects.toThrow(/an error without a number/)
  })

  it('ends with its connection', async () => {
    await expect(read(given([ONE, definition('id')]))).rejects.toThrow(DatabaseUnavailable)
    await expect(read(given([ONE, definition('id'), eof(), a]))).rejects.toThrow(/closed/)
  })
})

const refusals = new WeakMap<Result, unknown[]>()

/** A result whose packets arrive in these batches; then the connection ends. */
function given(...batches: Buffer[][]): Result {
  const rest = batches.map(packetsOf)
  const packets = async () => {
    const batch = rest.shift()
    if (batch === undefined) throw new Error('closed')
    return batch
  }
  const refused: unknown[] = []
  const result = new Result({ packets } as Partial<Receiver> as Receiver, (failure) => {
    refused.push(failure)
    return new Error('refused')
  })
  refusals.set(result, refused)
  return result
}

function packetsOf(payloads: Buffer[]): Packets {
  const bytes = Buffer.concat(payloads)
  const ends = Int32Array.from(payloads, (_, index) => Buffer.concat(payloads.slice(0, index + 1)).length)
  const starts = Int32Array.from(payloads, (payload, index) => ends[index]! - payload.length)
  return {
    ...{ bytes, rows: payloads.length, starts, ends },
    last: payloads.findIndex((_, index) => isEnd(bytes, starts[index]!, ends[index]!)),
  }
}

async function read(result: Result): Promise<Buffer[]> {
  await result.start()
  return rowsOf(result)
}

async function rowsOf(result: Result): Promise<Buffer[]> {
  const rows: Buffer[] = []
  for (let batch = await result.next(); batch; batch = await result.next()) rows.push(...payloadsOf(batch))
  return rows
}
