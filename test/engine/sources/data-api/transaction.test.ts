/** A transaction of the Data API and its session, without a Data API. */
import { jest } from '@jest/globals'
import { prepareSession, readSession, restoreSession } from '../../../../engine/sources/data-api/session.ts'
import { Transaction } from '../../../../engine/sources/data-api/transaction.ts'
import { type Call, failure, givenApi, never, text } from './fake-api.ts'

const ONE = { text: 'SELECT 1 AS id', parameters: [] }
/** What the Data API is asked in a transaction that nothing else uses. */
const TOUCH = 'SELECT 1'

afterEach(() => void jest.useRealTimers())

describe('the session', () => {
  it('is described by its variables, of either product', async () => {
    const factsOf = (...pairs: [string, string][]) =>
      readSession(givenApi(() => ({ records: pairs.map((pair) => pair.map(text)) })).api, 't1', never)
    const mysql = { connectionId: 12, isSnapshot: true, timeZone: '+09:00', collation: 'utf8mb4_bin' }
    expect(
      await factsOf(
        ...([
          ['pseudo_thread_id', '12'],
          ['Transaction_Isolation', 'SERIALIZABLE'],
          ['time_zone', '+09:00'],
          ['collation_connection', 'utf8mb4_bin'],
          ['max_execution_time', '0'],
        ] as [string, string][]),
      ),
    ).toEqual({ ...mysql, limit: 'max_execution_time' })
    expect(await factsOf(['tx_isolation', 'REPEATABLE-READ'], ['max_statement_time', '0'])).toMatchObject({
      ...{ isSnapshot: true, limit: 'max_statement_time' },
    })
    expect(await factsOf(['transaction_isolation', 'READ-COMMITTED'])).toMatchObject({ isSnapshot: false })
    const unknown = { connectionId: 0, isSnapshot: false, timeZone: 'SYSTEM', collation: 'utf8mb4_general_ci' }
    expect(await factsOf()).toEqual({ ...unknown, limit: 'max_execution_time' })
    expect(await readSession(givenApi(() => ({})).api, 't1', never)).toMatchObject(unknown)
  })

  it('keeps what an export changes, and restores it', async () => {
    const { api, calls } = givenApi()
    const facts = await readSession(api, 't1', never)
    await prepareSession(api, 't1', { timeZone: '+09:00', facts, signal: never })
    const { sql: prepared, parameters, transactionId } = calls[1]!
    expect(transactionId).toBe('t1')
    expect(parameters.map(({ name, value }) => [name, value?.stringValue])).toEqual([
      ['was_time_zone', 'SYSTEM'],
      ['was_collation', 'utf8mb4_general_ci'],
      ['time_zone', '+09:00'],
    ])
    const kept = [...prepared.matchAll(/@carryout_(\w+) = @@SESSION\.(\w+)/g)].map(([, name]) => name!)
    const restored = [...restoreSession(facts).text.matchAll(/SESSION (\w+) = @carryout_(\w+)/g)].map(
      ([, , name]) => name!,
    )
    expect(restored.sort()).toEqual([...kept, 'collation', 'time_zone'].sort())
    expect(kept).toContain('limit')
    const changed = [...prepared.matchAll(/ SESSION (\w+) = /g)].map(([, name]) => name)
    const restorable = [...kept, 'max_execution_time', 'time_zone', 'character_set_connection']
    expect(restorable).toEqual(expect.arrayContaining(changed))
  })
})

describe('a transaction', () => {
  it('that cannot be set up is rolled back', async () => {
    const { api, steps } = givenApi(({ sql }) => {
      if (sql.startsWith('SET')) throw failure('BadRequestException')
    })
    await expect(Transaction.begin(api, '+00:00', never)).rejects.toThrow('no')
    expect(steps()).toEqual(['begin', 'rollback'])
  })

  it('fails with the reason why it cannot be set up, even if it cannot be rolled back', async () => {
    const { api } = givenApi(({ sql, operation }) => {
      if (operation === 'rollback') throw failure('NotFoundException', 'gone')
      if (sql.startsWith('SET')) throw failure('BadRequestException', 'no such time zone')
    })
    await expect(Transaction.begin(api, '+00:00', never)).rejects.toThrow('no such time zone')
  })

  it('is kept alive by a statement each minute, unless one is running', async () => {
    const { transaction, calls, answer } = await given()
    await jest.advanceTimersByTimeAsync(59_999)
    expect(calls).toEqual([])
    await jest.advanceTimersByTimeAsync(1)
    expect(calls).toMatchObject([{ sql: TOUCH, transactionId: 't1' }])
    const finish = answer.pending()
    const page = transaction.execute(ONE, never)
    await jest.advanceTimersByTimeAsync(120_000)
    finish()
    await page
    expect(calls.map(({ sql }) => sql)).toEqual([TOUCH, ONE.text])
    await jest.advanceTimersByTimeAsync(60_000)
    expect(calls.map(({ sql }) => sql)).toEqual([TOUCH, ONE.text, TOUCH])
  })

  it('runs one statement at a time: a page waits for the one that keeps it alive, whose failure is not the page’s', async () => {
    const { transaction, calls, answer } = await given()
    const finish = answer.pending(failure('TransactionNotFoundException'))
    await jest.advanceTimersByTimeAsync(60_000)
    answer.none()
    const page = transaction.execute(ONE, never, true)
    await jest.advanceTimersByTimeAsync(0)
    expect(calls.map(({ sql }) => sql)).toEqual([TOUCH])
    finish()
    await page
    expect(calls[1]).toEqual({
      operation: 'execute',
      sql: ONE.text,
      parameters: [],
      transactionId: 't1',
      withColumns: true,
    })
  })

  it('commits after its session was restored, and is not kept alive', async () => {
    const { transaction, steps, calls } = await given()
    await transaction.commit()
    expect(steps()).toEqual(['SET SESSION', 'commit'])
    expect(calls[0]!.transactionId).toBe('t1')
    await jest.advanceTimersByTimeAsync(120_000)
    expect(steps()).toHaveLength(2)
  })

  it('commits after the statement that keeps it alive', async () => {
    const { transaction, calls, answer } = await given()
    const finish = answer.pending()
    await jest.advanceTimersByTimeAsync(60_000)
    answer.none()
    const committed = transaction.commit()
    await jest.advanceTimersByTimeAsync(0)
    expect(calls).toHaveLength(1)
    finish()
    await committed
    expect(calls).toHaveLength(3)
  })

  it('that cannot be committed is not an error', async () => {
    const { transaction, answer } = await given()
    answer.fails(failure('TransactionNotFoundException'))
    await transaction.commit()
  })

  it('is rolled back after its session was restored, and is not kept alive', async () => {
    const { transaction, steps } = await given()
    await transaction.rollback()
    expect(steps()).toEqual(['SET SESSION', 'rollback'])
    await jest.advanceTimersByTimeAsync(120_000)
    expect(steps()).toHaveLength(2)
  })

  it('ends its running statement when it is rolled back, from outside of it, if the session is known', async () => {
    for (const [connectionId, expected] of [
      ['1', ['KILL QUERY 1', undefined]],
      ['0', null],
    ] as const) {
      const { transaction, calls, answer } = await given(connectionId)
      const finish = answer.pending()
      const page = transaction.execute(ONE, never)
      await jest.advanceTimersByTimeAsync(0)
      answer.none()
      await transaction.rollback()
      finish()
      await page
      const kill = calls.find(({ sql }) => sql.startsWith('KILL'))
      expect(kill ? [kill.sql, kill.transactionId] : null).toEqual(expected)
      expect(calls.at(-1)!.operation).toBe('rollback')
    }
  })

  it('that cannot be rolled back is not an error', async () => {
    const { transaction, answer, steps } = await given()
    const finish = answer.pending()
    const page = transaction.execute(ONE, never)
    await jest.advanceTimersByTimeAsync(0)
    answer.fails(failure('TransactionNotFoundException'))
    await transaction.rollback()
    expect(steps().slice(1)).toEqual(['KILL QUERY', 'SET SESSION', 'rollback'])
    finish()
    await page
  })

  it('is left once its statement has ended, or after five seconds, and is not kept alive', async () => {
    for (const isSlow of [false, true]) {
      const { transaction, calls, answer } = await given()
      const finish = answer.pending()
      const page = transaction.execute(ONE, never)
      await jest.advanceTimersByTimeAsync(0)
      let isLeft = false
      const left = transaction.leave().then(() => {
        isLeft = true
      })
      await jest.advanceTimersByTimeAsync(4_999)
      expect(isLeft).toBe(false)
      if (isSlow) await jest.advanceTimersByTimeAsync(1)
      else finish()
      await left
      expect(jest.getTimerCount()).toBe(0)
      finish()
      await page
      await jest.advanceTimersByTimeAsync(120_000)
      expect(calls).toHaveLength(1)
    }
  })
})

/** A transaction whose set-up is not among the calls. Time stands still. */
async function given(connectionId = '7') {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] })
  let answers: (call: Call) => unknown = ({ sql }) =>
    sql.startsWith('SHOW') ? { records: [[text('pseudo_thread_id'), text(connectionId)]] } : undefined
  const fake = givenApi((call) => answers(call))
  const transaction = await Transaction.begin(fake.api, '+00:00', never)
  fake.calls.length = 0
  answers = () => undefined
  return {
    transaction,
    ...fake,
    /** How calls are answered from now on. */
    answer: {
      none: () => {
        answers = () => undefined
      },
      fails: (error: Error) => {
        answers = () => Promise.reject(error)
      },
      /** @returns a function that answers, or fails with the error */
      pending: (error?: Error) => {
        const { promise, resolve, reject } = Promise.withResolvers<undefined>()
        answers = () => promise
        return () => (error ? reject(error) : resolve(undefined))
      },
    },
  }
}
