/** When a source connects and what it leaves behind, by a server that answers everything. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from '../../../../engine/catalogue.ts'
import { type MysqlOptions, mysqlSource } from '../../../../engine/sources/mysql.ts'
import type { RangeQuery } from '../../../../engine/sources/source.ts'
import { KeyNotUnique, QueryFailed } from '../../../../statemachine/errors.ts'
import { err, type FakeServer, rows, startFakeServer, until } from '../fake-server.ts'

const STOPPED = new Error('stopped')
const never = new AbortController().signal
const query: RangeQuery = { query: sql`SELECT id FROM orders`, key: null, after: null, upTo: null, timeZone: null }
const keyed = { ...query, key: 'id' }
type Source = Required<ReturnType<typeof mysqlSource>>
const uses: [string, (source: Source, signal: AbortSignal) => Promise<unknown>][] = [
  ['open', (source, signal) => source.open(query, signal)],
  ['estimate', (source, signal) => source.estimate(query, signal)],
  ['explain', (source, signal) => source.explain(query, signal)],
  ['keySpace', (source, signal) => source.keySpace(keyed, signal)],
]

let server: FakeServer
afterEach(() => server.close())

describe.each(uses)('%s', (_, use) => {
  it('does not connect after an abort', async () => {
    let asked = 0
    server = await startFakeServer(() => false)
    const password = async () => String(asked++)
    await expect(use(given({ password }), AbortSignal.abort(STOPPED))).rejects.toBe(STOPPED)
    expect(asked).toBe(0)
  })

  it('sends no statement after an abort while it connects', async () => {
    server = await startFakeServer(() => false)
    const stop = new AbortController()
    const password = async () => {
      stop.abort(STOPPED)
      return 'p'
    }
    await expect(use(given({ password }), stop.signal)).rejects.toBe(STOPPED)
    expect(server.statements.filter((statement) => /^(SET|START)/.test(statement))).toEqual([])
    await server.emptied()
  })

  it('kills its statement at an abort, and leaves nothing', async () => {
    server = await startFakeServer((statement) => (statement.startsWith('EXECUTE') ? undefined : false))
    const stop = new AbortController()
    const used = use(given(), stop.signal).catch((error) => error)
    await until(() => server.statements.some((statement) => statement.startsWith('EXECUTE')))
    stop.abort(STOPPED)
    expect(await used).toBeInstanceOf(Error)
    await until(() => server.statements.includes('KILL 1'))
    await server.emptied()
  })

  it('that is refused leaves nothing, neither a session nor a listener', async () => {
    server = await startFakeServer((statement, { send }) => {
      if (!statement.startsWith('PREPARE')) return false
      send(err(1146, 'no such table'))
    })
    const stop = new AbortController()
    await expect(use(given(), stop.signal)).rejects.toThrow(QueryFailed)
    await server.emptied()
    const sent = server.statements.length
    stop.abort()
    await sleep(20)
    expect(server.statements).toHaveLength(sent)
  })

  it('that cannot be set up leaves nothing', async () => {
    server = await startFakeServer((statement, { send }) => {
      if (!statement.startsWith('START TRANSACTION')) return false
      send(err(1205, 'no'))
    })
    await expect(use(given(), never)).rejects.toThrow('error 1205')
    await server.emptied()
  })
})

test('a plan and its estimate are the server’s, and leave nothing', async () => {
  server = await startFakeServer((statement, answer) => {
    if (!statement.startsWith('EXECUTE')) return false
    rows(answer, ['rows'], [['12']])
  })
  const stop = new AbortController()
  expect(await given().estimate(query, stop.signal)).toBe(12)
  expect(await given().explain(query, stop.signal)).toEqual([{ rows: '12' }])
  await server.emptied()
  expect(server.quits()).toBe(2)
  const sent = server.statements.length
  stop.abort()
  await sleep(20)
  expect(server.statements).toHaveLength(sent)
})

describe('rows after a cursor', () => {
  it.each<[number, string, string, boolean]>([
    [1, 'utf8mb4_bin', '∪', false],
    [0, 'utf8mb4_bin', '∪', false],
    [0, 'cp932_japanese_ci', 'a', false],
    [1, 'cp932_japanese_ci', '∪', false],
    [0, 'cp932_japanese_ci', '∪', true],
    [2, 'utf8mb4_bin', 'a', true],
  ])('of which the server has %i, in %s, after %s are refused: %p', async (count, collation, value, isRefused) => {
    const answers = [
      [['collation', 'version'], [[collation, '9.7.0']]],
      [['id'], Array.from({ length: count }, () => [value])],
      [['id'], [['b']]],
    ] as const
    let executed = 0
    server = await startFakeServer((statement, answer) => {
      if (!statement.startsWith('EXECUTE')) return false
      const [names, values] = answers[executed++]!
      rows(answer, [...names], [...values] as string[][])
    })
    const opened = given().open({ ...keyed, after: { type: 'text', value } }, never)
    if (isRefused) await expect(opened).rejects.toThrow(KeyNotUnique)
    else await (await opened).close()
    await server.emptied()
    expect(executed).toBe(isRefused ? 2 : 3)
  })

  it('are not looked for from the beginning, or without a key', async () => {
    for (const [more, expected] of [
      [{ key: 'id' }, 2],
      [{ after: { type: 'text', value: 'a' } as const }, 1],
    ] as const) {
      let executed = 0
      server = await startFakeServer((statement, answer) => {
        if (!statement.startsWith('EXECUTE')) return false
        executed++
        rows(answer, ['collation', 'version'], [['utf8mb4_bin', '9.7.0']])
      })
      await (await given().open({ ...query, ...more }, never)).close()
      expect(executed).toBe(expected)
      await server.emptied()
      await server.close()
    }
  })
})

test.each([
  ['utf8mb4_bin', false],
  ['big5_chinese_ci', true],
])('keys of the collation %s are refused: %p', async (collation, isRefused) => {
  server = await startFakeServer((statement, answer) => {
    if (!statement.startsWith('EXECUTE')) return false
    rows(answer, ['collation', 'version'], [[collation, '9.7.0']])
  })
  const space = given().keySpace(keyed, never)
  if (isRefused) await expect(space).rejects.toThrow(KeyNotUnique)
  else await (await space).close()
  await server.emptied()
  expect(server.quits()).toBe(1)
})

function given(change: Partial<MysqlOptions> = {}): Source {
  const account = { user: 'u', password: 'p', database: 'd', tls: 'off' as const }
  return mysqlSource({ host: '127.0.0.1', port: server.port, ...account, ...change }) as Source
}
