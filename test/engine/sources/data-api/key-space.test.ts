/** How the keys of an export are read to divide them into ranges, without a Data API. */
import { jest } from '@jest/globals'
import { sql } from '../../../../engine/catalogue.ts'
import { selectColumn } from '../../../../engine/sources/data-api/columns.ts'
import { DataApiKeySpace, type KeySpaceOptions } from '../../../../engine/sources/data-api/key-space.ts'
import { DatabaseUnavailable, KeyNotUnique, QueryFailed } from '../../../../statemachine/errors.ts'
import { type Call, failure, givenApi, lost, never, number, serverError, text, tooLarge } from './fake-api.ts'

const STOPPED = new Error('stopped')
const ALL = { after: null, upTo: null }
const columnOf = (typeName: string) => selectColumn({ label: 'id', typeName, nullable: 0, precision: 10 })

afterEach(() => void jest.useRealTimers())

describe('the keys', () => {
  it('are read in one statement if that suffices', async () => {
    const { space, limits } = given({ keys: 10 })
    expect(await valuesOf(space.keys(ALL, 3, 'first'))).toEqual(['1', '2', '3'])
    expect(await valuesOf(space.keys(ALL, 30, 'first'))).toHaveLength(10)
    expect(await valuesOf(space.keys(ALL, 10, 'first'))).toHaveLength(10)
    expect(limits()).toEqual([3, 30, 10])
  })

  it('are read in several statements of 4,096 keys, each after the last key of the one before', async () => {
    const { space, limits } = given({ keys: 9000 })
    const keys = await space.keys(ALL, 8192 + 100, 'first')
    expect(keys).toEqual(Array.from({ length: 8292 }, (_, index) => ({ type: 'integer', value: String(index + 1) })))
    expect(limits()).toEqual([4096, 4096, 100])
  })

  it('are read in smaller statements after one that was too large', async () => {
    const { space, limits, faults } = given({ keys: 9000 })
    faults.push(tooLarge, tooLarge)
    expect(await space.keys(ALL, 2048, 'first')).toHaveLength(2048)
    expect(await space.keys(ALL, 600, 'first')).toHaveLength(600)
    expect(limits()).toEqual([2048, 1024, 512, 512, 512, 512, 512, 88])
  })

  it('must not be too large one by one, or from the end', async () => {
    for (const [limit, end] of [
      [1, 'first'],
      [2, 'last'],
    ] as const) {
      const { space, faults, limits } = given({ keys: 9 })
      faults.push(tooLarge)
      await expect(space.keys(ALL, limit, end)).rejects.toThrow(QueryFailed)
      expect(limits()).toHaveLength(1)
    }
  })

  it('are read from the end in one statement, however many they are', async () => {
    const { space, limits } = given({ keys: 9000 })
    expect(await valuesOf(space.keys(ALL, 5000, 'last'))).toHaveLength(5000)
    expect(limits()).toEqual([5000])
  })

  it('are the bytes of a binary key in Base64, whether they arrive as bytes or as hexadecimal digits', async () => {
    const arrived = [{ blobValue: Buffer.of(255, 0) }, text('FF00'), undefined]
    const { space } = given({ type: 'VARBINARY', answer: () => ({ records: arrived.map((field) => [field]) }) })
    expect(await space.keys(ALL, 9, 'first')).toEqual(['/wA=', '/wA=', ''].map((value) => ({ type: 'binary', value })))
    const { space: ofTexts } = given({ type: 'VARCHAR', answer: () => ({ records: [[text('FF')], [undefined]] }) })
    expect(await ofTexts.keys(ALL, 9, 'first')).toEqual(['FF', ''].map((value) => ({ type: 'text', value })))
  })

  it('of a query that the server refuses are an error', async () => {
    const { space, faults } = given({})
    faults.push(() => serverError(1242))
    await expect(space.keys(ALL, 9, 'first')).rejects.toThrow(QueryFailed)
  })

  it('and their estimate do not quote the rows in an error', async () => {
    const { space, faults } = given({})
    for (const ask of [() => space.keys(ALL, 9, 'first'), () => space.estimate(ALL)]) {
      faults.push(() => serverError(1305, 'FUNCTION shop.secret does not exist'))
      const error = await ask().catch((reason) => reason)
      expect(error).toBeInstanceOf(QueryFailed)
      expect(error.message).not.toContain('secret')
    }
  })

  it('need a type that has an order', () => {
    expect(() => given({ type: 'DOUBLE' })).toThrow(KeyNotUnique)
  })
})

describe('the estimate', () => {
  it('is the optimizer’s', async () => {
    const records = [[number(3), number(7)]]
    const columnMetadata = [{ label: 'id' }, { label: 'rows' }]
    const { space, calls } = given({ answer: () => ({ records, columnMetadata }) })
    expect(await space.estimate(ALL)).toBe(7)
    expect(calls.at(-1)).toMatchObject({ withColumns: true, transactionId: 't1' })
    expect(calls.at(-1)!.sql).toMatch(/^EXPLAIN .* IS NOT NULL$/)
  })

  it('ends with the reason of an abort', async () => {
    const stop = new AbortController()
    const { space, faults } = given({ signal: stop.signal })
    faults.push(() => {
      stop.abort(STOPPED)
      return lost()
    })
    await expect(space.estimate(ALL)).rejects.toBe(STOPPED)
  })

  it('that the server refuses is an error without the query’s values', async () => {
    const { space, faults } = given({})
    faults.push(() => serverError(1242, "wrong 'secret'"))
    const error = await space.estimate(ALL).catch((reason) => reason)
    expect(error).toBeInstanceOf(QueryFailed)
    expect(error.message).not.toContain('secret')
  })
})

describe('the transaction', () => {
  it('is one for all statements, and is committed', async () => {
    const { space, steps } = given({ keys: 2 })
    await space.keys(ALL, 1, 'first')
    await space.keys(ALL, 1, 'first')
    await space.close()
    await space.close()
    expect(steps()).toEqual(['begin', ...Array(2).fill('SELECT CAST(carryout.`id`'), 'SET SESSION', 'commit'])
  })

  it('that is lost is replaced, three times in a row', async () => {
    const { space, faults, steps } = given({ keys: 1 })
    faults.push(lost, lost, lost)
    expect(await valuesOf(space.keys(ALL, 1, 'first'))).toEqual(['1'])
    expect(steps().filter((step) => step === 'begin')).toHaveLength(4)
    faults.push(lost, lost, lost, lost)
    await expect(space.keys(ALL, 1, 'first')).rejects.toThrow(DatabaseUnavailable)
  })

  it('that is lost is not kept alive', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] })
    const { space, faults, calls } = given({ keys: 1 })
    faults.push(lost)
    await space.keys(ALL, 1, 'first')
    calls.length = 0
    await jest.advanceTimersByTimeAsync(60_000)
    expect(calls.map(({ transactionId }) => transactionId)).toEqual(['t2'])
  })

  it('that cannot begin is an error', async () => {
    const { space } = given({
      answer: () => {
        throw failure('AccessDeniedException')
      },
    })
    await expect(space.keys(ALL, 1, 'first')).rejects.toThrow(DatabaseUnavailable)
    await space.close()
  })

  it('is rolled back at an abort, which is the error of a running statement', async () => {
    const stop = new AbortController()
    const { space, faults, steps } = given({ signal: stop.signal })
    faults.push(() => {
      stop.abort(STOPPED)
      return lost()
    })
    await expect(space.keys(ALL, 1, 'first')).rejects.toBe(STOPPED)
    await space.close()
    expect(steps()).toContain('rollback')
    expect(steps()).not.toContain('commit')
  })

  it('is rolled back by closing after an abort between two statements', async () => {
    const stop = new AbortController()
    const { space, steps } = given({ signal: stop.signal })
    await space.keys(ALL, 1, 'first')
    const rolledBack = steps()
    stop.abort()
    await new Promise(setImmediate)
    expect(steps().slice(rolledBack.length)).toEqual(['SET SESSION', 'rollback'])
    await space.close()
    expect(steps()).not.toContain('commit')
  })

  it('no longer listens to the signal once it is closed', async () => {
    const stop = new AbortController()
    const { space, steps } = given({ signal: stop.signal })
    await space.keys(ALL, 1, 'first')
    const closed = space.close()
    stop.abort()
    await closed
    expect(steps().at(-1)).toBe('commit')
    expect(steps()).not.toContain('rollback')
  })
})

interface Given {
  /** How many keys there are, from 1. */
  keys?: number
  type?: string
  answer?: (call: Call) => unknown
  signal?: AbortSignal
}

function given({ keys = 0, type = 'INT', answer, signal = never }: Given) {
  const faults: (() => Error)[] = []
  const ofKeys = ({ sql: statement }: Call) => /^(SELECT|EXPLAIN)/.test(statement)
  const fake = givenApi((call) => {
    if (!ofKeys(call)) return call.operation === 'begin' ? answer?.(call) && undefined : undefined
    const fault = faults.shift()
    if (fault) throw fault()
    if (answer) return answer(call)
    const limit = Number(/LIMIT (\d+)$/.exec(call.sql)?.[1])
    const after = Number(/ > /.test(call.sql) ? call.parameters[1]!.value!.stringValue : 0)
    const found = Array.from({ length: Math.max(0, Math.min(limit, keys - after)) }, (_, index) => after + index + 1)
    return { records: found.map((key) => [text(String(key))]) }
  })
  const query = { query: sql`SELECT id FROM orders WHERE note <> ${'secret'}`, key: 'id', timeZone: null }
  const options: KeySpaceOptions = { api: fake.api, query, column: columnOf(type), timeZone: '+00:00', signal }
  return {
    space: new DataApiKeySpace(options),
    ...{ ...fake, faults },
    /** How many keys each statement might return. */
    limits: () => fake.calls.filter(ofKeys).map(({ sql: statement }) => Number(/LIMIT (\d+)$/.exec(statement)![1])),
  }
}

async function valuesOf(keys: ReturnType<DataApiKeySpace['keys']>): Promise<string[]> {
  return (await keys).map(({ value }) => value)
}
