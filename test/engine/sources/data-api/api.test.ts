/** How the Data API is called and called again, without one. */
import { jest } from '@jest/globals'
import { type Clock, DataApi, PATIENCE } from '../../../../engine/sources/data-api/api.ts'

const ADDRESS = { resourceArn: 'cluster', secretArn: 'secret', database: 'shop' }
const throttled = () => Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' })
const refused = () => Object.assign(new Error('no such table'), { name: 'DatabaseErrorException' })
/** Aborts a call that is repeated without end. */
const endless = new AbortController()
const never = endless.signal
const statement = { text: 'SELECT 1', parameters: [] }

afterEach(() => void jest.restoreAllMocks())

describe('a call', () => {
  it('has the address and, within a transaction, its id', async () => {
    const { api, sent } = given(() => ({ transactionId: 't' }))
    expect(await api.begin(never)).toBe('t')
    await api.execute(statement, never)
    await api.execute(statement, never, { transactionId: 't', withColumns: true })
    await api.commit('t', never)
    await api.rollback('t', never)
    const target = { resourceArn: 'cluster', secretArn: 'secret' }
    const executed = { ...target, database: 'shop', sql: 'SELECT 1', parameters: [] }
    expect(sent).toStrictEqual([
      ['BeginTransactionCommand', { ...target, database: 'shop' }],
      ['ExecuteStatementCommand', { ...executed, includeResultMetadata: false }],
      ['ExecuteStatementCommand', { ...executed, includeResultMetadata: true, transactionId: 't' }],
      ['CommitTransactionCommand', { ...target, transactionId: 't' }],
      ['RollbackTransactionCommand', { ...target, transactionId: 't' }],
    ])
  })

  it('that fails for a moment is repeated after waits that double up to eight seconds, by half at random', async () => {
    for (const [random, share] of [
      [0, 0.5],
      [1, 1],
    ] as const) {
      jest.spyOn(Math, 'random').mockReturnValue(random)
      const { api, waits } = given((attempt) => {
        if (attempt < 8) throw throttled()
      })
      await api.execute(statement, never)
      expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000].map((millis) => millis * share))
    }
  })

  it('is repeated as long as a further wait would end in time', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(1)
    for (const [totalMillis, expected] of [
      [749, [250]],
      [750, [250, 500]],
    ] as const) {
      const { api, waits } = given(
        () => {
          throw throttled()
        },
        { totalMillis },
      )
      await expect(api.execute(statement, never)).rejects.toThrow('Rate exceeded')
      expect(waits).toEqual(expected)
    }
  })

  it('that the server refuses is not repeated, and its complete message is passed on', async () => {
    const { api, sent, waits, heard } = given(() => {
      throw refused()
    })
    await expect(api.execute(statement, never)).rejects.toThrow('no such table')
    expect([sent.length, waits, heard]).toEqual([1, [], ['no such table']])
  })

  it('is not made after an abort, and fails with its reason during one', async () => {
    const stop = new AbortController()
    const { api, sent } = given(() => {
      stop.abort(new Error('stopped'))
      throw refused()
    })
    await expect(api.execute(statement, stop.signal)).rejects.toThrow('stopped')
    expect(sent).toHaveLength(1)
    await expect(api.execute(statement, stop.signal)).rejects.toThrow('stopped')
    expect(sent).toHaveLength(1)
  })

  it('fails with the reason of an abort while it waits', async () => {
    const stop = new AbortController()
    const { api, sent } = given(
      () => {
        throw throttled()
      },
      {},
      async () => {
        stop.abort(new Error('stopped'))
        throw new Error('The operation was aborted')
      },
    )
    await expect(api.execute(statement, stop.signal)).rejects.toThrow('stopped')
    expect(sent).toHaveLength(1)
  })
})

/** @param answer is given the number of the attempt, from 1 */
function given(answer: (attempt: number) => unknown, patience: Partial<typeof PATIENCE> = {}, sleep?: Clock['sleep']) {
  const sent: [command: string, input: object][] = []
  const waits: number[] = []
  const heard: string[] = []
  const client = {
    send: async (command: { constructor: { name: string }; input: object }) => {
      sent.push([command.constructor.name, command.input])
      if (sent.length > 100) endless.abort(new Error('The call is repeated without end'))
      return answer(sent.length)
    },
  }
  const clock: Clock = {
    now: () => waits.reduce((sum, millis) => sum + millis, 0),
    sleep: sleep ?? (async (millis) => waits.push(millis)),
  }
  const api = new DataApi({ ...ADDRESS, client } as never, { ...PATIENCE, ...patience, clock }, (message) =>
    heard.push(message),
  )
  return { api, sent, waits, heard }
}
