import { setTimeout as sleep } from 'node:timers/promises'
import { PATIENCE } from '../../../engine/sources/data-api/api.ts'
import type { RangeQuery, Source } from '../../../engine/sources/source.ts'
import { RdsDataError } from '../../../local/src/rds-data/errors.ts'
import { DatabaseUnavailable, ExportTooLong, QueryFailed } from '../../../statemachine/errors.ts'
import { serverSessions } from '../../support/server-sessions.ts'
import { type Bench, ORDERS, rangeQuery, readAll, signal, startBench } from './data-api-support.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterEach(() => bench.endSource())
afterAll(() => bench.close())

describe('a temporary failure is waited for', () => {
  const resuming = () => new RdsDataError('DatabaseResumingException', 'It is resuming after being auto-paused.')
  const throttled = () => new RdsDataError('ThrottlingException', 'Rate exceeded')
  const readIds = async (source: Source, more: Partial<RangeQuery> = {}) => {
    const rows = await source.open(rangeQuery('SELECT id FROM orders', more), signal)
    try {
      return (await readAll(rows)).length
    } finally {
      await rows.close()
    }
  }

  it('a paused database, throttling, an unavailable service', async () => {
    const source = await bench.source()
    bench.api.faults.push(resuming(), resuming(), throttled(), undefined, throttled(), undefined, resuming())
    bench.api.faults.push(
      undefined,
      undefined,
      new RdsDataError('ServiceUnavailableError', 'no'),
      undefined,
      throttled(),
    )
    expect(await readIds(source)).toBe(ORDERS)
    expect(bench.api.faults).toEqual([])
  })

  it('but not forever', async () => {
    const waits: number[] = []
    const waited = () => waits.reduce((sum, millis) => sum + millis, 0)
    const clock = { now: waited, sleep: async (millis: number) => waits.push(millis) }
    const source = await bench.source({}, { patience: { ...PATIENCE, clock } })
    bench.api.before = () => {
      throw resuming()
    }
    const failure = await readIds(source).catch((error) => error)
    expect(failure).toBeInstanceOf(DatabaseUnavailable)
    expect(failure.message).toContain('DatabaseResumingException')
    expect(bench.api.calls).toHaveLength(waits.length + 1)
    // Of the two minutes less than one more wait is left, and no wait is longer than eight seconds.
    expect(waited()).toBeLessThanOrEqual(120_000)
    expect(waited()).toBeGreaterThan(112_000)
    expect(Math.max(...waits)).toBeLessThanOrEqual(8_000)
    expect(waits[0]).toBeLessThanOrEqual(250)
  })

  it('and not after an abort', async () => {
    const source = await bench.source(
      {},
      { patience: { firstMillis: 60_000, mostMillis: 60_000, totalMillis: 600_000 } },
    )
    bench.api.before = () => {
      throw resuming()
    }
    const stop = new AbortController()
    setTimeout(() => stop.abort(new Error('stopped')), 50)
    await expect(source.open(rangeQuery('SELECT id FROM orders'), stop.signal)).rejects.toThrow('stopped')
  })

  it('a statement that takes too long is repeated with fewer rows', async () => {
    const source = await bench.source({ limits: { statementMillis: 300 } })
    const rows = await source.open(rangeQuery('SELECT id, SLEEP(0.01) AS s FROM orders WHERE id <= 60'), signal)
    expect((await readAll(rows)).length).toBe(60)
    expect(rows.consistency).toBe('snapshot')
    expect(bench.limits().slice(0, 2)).toEqual([50, 12])
    await rows.close()
  })

  it('and fails with advice when even a few take too long', async () => {
    const source = await bench.source({ limits: { statementMillis: 100 } })
    const rows = await source.open(rangeQuery('SELECT id, SLEEP(1) AS s FROM orders'), signal)
    const failure = await readAll(rows).catch((error) => error)
    expect(failure).toBeInstanceOf(ExportTooLong)
    expect(failure.message).toMatch(/45 seconds.*index/)
    await rows.close()
  })
})

describe('a permanent failure', () => {
  const opened = (source: Source, text: string) => source.open(rangeQuery(text), signal).catch((error) => error)

  it.each([
    ['wrong SQL', 'SELECT FROM', /error 1064/],
    [
      'a table that there is not',
      'SELECT id FROM nothing',
      /error 1146, SQLSTATE 42S02\): Table '.*nothing' doesn't exist/,
    ],
    ['a right that is missing', 'SELECT 1 AS id FROM mysql.user', /error 1142/],
  ])('is %s', async (_, text, message) => {
    const failure = await opened(await bench.source(), text)
    expect(failure).toBeInstanceOf(QueryFailed)
    expect(failure.message).toMatch(message)
    expect(bench.api.transactions).toBe(0)
  })

  it.each([
    ['AccessDeniedException', 'User is not authorized'],
    ['SecretsErrorException', 'no secret'],
    ['HttpEndpointNotEnabledException', 'not enabled'],
  ] as const)('is %s', async (name, message) => {
    const source = await bench.source()
    bench.api.faults.push(new RdsDataError(name, message))
    const failure = await opened(source, 'SELECT id FROM orders')
    expect(failure).toBeInstanceOf(DatabaseUnavailable)
    expect(failure.message).toContain(`${name}): ${message}`)
  })

  it('is a wrong password', async () => {
    const source = await bench.source({ secret: () => JSON.stringify({ username: 'nobody', password: 'hush' }) })
    const failure = await opened(source, 'SELECT id FROM orders')
    expect(failure).toBeInstanceOf(DatabaseUnavailable)
    expect(failure.message).not.toContain('hush')
  })

  it('is an endpoint that does not respond', async () => {
    const source = await bench.source()
    await bench.api.close()
    expect(await opened(source, 'SELECT id FROM orders')).toBeInstanceOf(DatabaseUnavailable)
  })

  it('is an unknown time zone', async () => {
    const source = await bench.source()
    const query = rangeQuery('SELECT id FROM orders', { timeZone: 'Moon/Tycho' })
    await expect(source.open(query, signal)).rejects.toThrow(QueryFailed)
    expect(bench.api.transactions).toBe(0)
  })

  it('is not an isolation level without snapshots: rows are read, and the manifest reports it', async () => {
    const source = await bench.source()
    bench.api.before = async ({ sql: text, transactionId }) => {
      if (!text?.startsWith('SHOW')) return
      bench.api.before = undefined
      await bench.api.execute('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED', { transactionId })
    }
    const rows = await source.open(rangeQuery('SELECT id FROM orders'), signal)
    expect(rows.consistency).toBe('chunks')
    await rows.close()
  })
})

describe('stopping', () => {
  it('ends the query on the server, and its transaction', async () => {
    const source = await bench.source()
    const stop = new AbortController()
    const rows = await source.open(rangeQuery('SELECT id, SLEEP(5) AS s FROM orders'), stop.signal)
    const read = readAll(rows).catch((error) => error)
    await until(async () => (await sleeping()) === 1)
    stop.abort(new Error('stopped'))
    expect((await read).message).toBe('stopped')
    await rows.close()
    expect(await sleeping()).toBe(0)
    expect(bench.api.transactions).toBe(0)
  })

  it('restores the session', async () => {
    const source = await bench.source()
    const rows = await source.open(rangeQuery('SELECT id FROM orders', { timeZone: '+09:00' }), signal)
    await readAll(rows)
    let last = ''
    bench.api.before = async ({ operation, transactionId }) => {
      if (operation !== 'CommitTransaction') return
      bench.api.before = undefined
      last = (await bench.api.execute('SELECT @@time_zone', { transactionId })).records![0]![0]!.stringValue!
    }
    await rows.close()
    expect(last).toBe((await bench.api.execute('SELECT @@GLOBAL.time_zone')).records![0]![0]!.stringValue)
  })
})

async function sleeping(): Promise<number> {
  const sessions = await serverSessions(bench.connection, bench.connection.config.database)
  return sessions.filter(({ statement }) => statement?.includes('SLEEP(5)')).length
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; !(await condition()); attempt++) {
    if (attempt > 200) throw new Error('It never came to it')
    await sleep(20)
  }
}
