/** Both sources return the same bytes whatever an administrator has set for the server's sessions. */
import { type Connection, createConnection } from 'mysql2/promise'
import { sql } from '../../../engine/catalogue.ts'
import { startDataApi } from '../../../local/test/rds-data/support.ts'
import type { Cursor } from '../../../statemachine/contract.ts'
import { sourceOf } from '../harness.ts'
import { type BothSources, dataApiOf, readAll, signal, startSources } from './data-api-support.ts'

const ACCOUNT = { username: 'carryout_strange', password: 'strange' }
const KEYS = ['id', 'v', 'c', 'd', 'b', 't', 'l'] as const

let both: BothSources
let strange: BothSources['sources']
let strangeApi: Awaited<ReturnType<typeof startDataApi>>

beforeAll(async () => {
  both = await startSources()
  const { connection, database } = both
  await connection.query(
    `CREATE TABLE things (id INT PRIMARY KEY, v VARCHAR(40) NOT NULL UNIQUE, c CHAR(12) NOT NULL UNIQUE,
     d DECIMAL(20,5) NOT NULL UNIQUE, b VARBINARY(20) NOT NULL UNIQUE, t DATETIME(3) NOT NULL UNIQUE, l TEXT NOT NULL,
     j JSON, s TIMESTAMP NULL) CHARSET utf8mb4`,
  )
  const rows = Array.from({ length: 30 }, (_, index) => [
    index,
    `é\\"'${index}日本😀`,
    `c${index}`,
    `${index}.00001`,
    Buffer.from([39, 92, 0, index]),
    `2026-01-01 00:00:${String(index).padStart(2, '0')}.120`,
    `${'p'.repeat(1500)}${String(index).padStart(2, '0')}`,
    JSON.stringify({ n: index, text: 'é\\"' }),
    '2026-01-01 00:00:00',
  ])
  await connection.query('INSERT INTO things VALUES ?', [rows])
  const account = { ...database, exporter: ACCOUNT }
  await connection.query(`CREATE USER IF NOT EXISTS '${ACCOUNT.username}'@'%' IDENTIFIED BY '${ACCOUNT.password}'`)
  await connection.query(`GRANT SELECT ON ${database.database}.* TO '${ACCOUNT.username}'@'%'`)
  await connection.query('SET GLOBAL init_connect = ?', [await strangeSettings(connection)])
  strangeApi = await startDataApi(account)
  strange = { direct: sourceOf(account), 'Data API': dataApiOf(strangeApi) }
})
afterAll(async () => {
  await both.connection.query("SET GLOBAL init_connect = ''")
  await strangeApi.close()
  await both.close()
})

/** SQL that gives this account's sessions unusual settings. Sessions of other suites on the same server keep theirs. */
async function strangeSettings(connection: Connection): Promise<string> {
  const [found] = await connection.query('SHOW SESSION VARIABLES')
  const known = new Set((found as { Variable_name: string }[]).map(({ Variable_name }) => Variable_name))
  const isStrange = `USER() LIKE '${ACCOUNT.username}@%'`
  const fractions = known.has('max_statement_time') ? 'TIME_ROUND_FRACTIONAL' : 'TIME_TRUNCATE_FRACTIONAL'
  const modes = `ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE,PAD_CHAR_TO_FULL_LENGTH,STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,${fractions}`
  const numbers = {
    autocommit: 0,
    big_tables: 1,
    sql_auto_is_null: 1,
    // MariaDB counts the rows of a query that gives none, too: what asks for its columns would be refused.
    ...(known.has('max_execution_time') ? { max_join_size: 2000, sql_big_selects: 0 } : {}),
    sql_safe_updates: 1,
    sql_select_limit: 2,
    group_concat_max_len: 4,
    max_sort_length: 64,
    max_execution_time: 200,
    max_statement_time: 0.2,
    net_write_timeout: 1,
    transaction_read_only: 1,
    tx_read_only: 1,
  }
  const texts = {
    sql_mode: modes,
    completion_type: 'CHAIN',
    time_zone: '-11:00',
    character_set_client: 'latin1',
    character_set_connection: 'latin1',
    character_set_results: 'latin1',
    explain_format: 'TREE',
    session_track_system_variables: '*',
  }
  const set = [
    ...Object.entries(numbers).map(
      ([name, value]) =>
        [
          name,
          name === 'max_statement_time'
            ? `IF(${isStrange}, ${value}, @@SESSION.${name})`
            : `CAST(IF(${isStrange}, ${value}, @@SESSION.${name}) AS UNSIGNED)`,
        ] as const,
    ),
    ...Object.entries(texts).map(([name, value]) => [name, `IF(${isStrange}, '${value}', @@SESSION.${name})`] as const),
  ]
  const assignments = set.filter(([name]) => known.has(name)).map(([name, value]) => `SESSION ${name} = ${value}`)
  return `SET ${assignments.join(', ')}`
}

test('a session of the account has the strange settings', async () => {
  const { host, port, database } = both.database
  const { username: user, password } = ACCOUNT
  const connection = await createConnection({ host, port, user, password, database })
  try {
    const [[row]] = (await connection.query(
      'SELECT @@sql_mode AS mode, @@autocommit AS auto, @@character_set_results AS results',
    )) as unknown as [[Record<string, unknown>]]
    expect(row).toMatchObject({ auto: 0, results: 'latin1' })
    expect(row.mode).toMatch(/PAD_CHAR_TO_FULL_LENGTH/)
  } finally {
    await connection.end()
  }
})

describe.each(['direct', 'Data API'] as const)('an export with strange settings (%s)', (name) => {
  const query = sql`SELECT t.*, CONCAT(v, ${'"\'\\'}) AS x, ${'日本 \\ '} AS y, ${2n ** 64n - 1n} AS z,
    (SELECT GROUP_CONCAT(id) FROM things) AS g, (SELECT COUNT(*) FROM things a, things b, things c) AS many FROM things t
    WHERE v LIKE ${'é%日本😀'} AND t >= ${new Date('2025-12-31T00:00:00Z')} AND id NOT BETWEEN ${-5} AND ${-1} AND b <> ${Buffer.of(39, 92)}`

  test.each(KEYS)('has the usual rows, from the first and after a cursor: key %s', async (key) => {
    const whole = { query, key, after: null, upTo: null, timeZone: null }
    const usual = await texts(both.sources.direct, whole)
    expect(usual).toHaveLength(30)
    expect(await texts(strange[name], whole)).toEqual(usual)
    const index = Object.keys({ id: 0, v: 0, c: 0, d: 0, b: 0, t: 0, l: 0 }).indexOf(key)
    const cursor = cursorOf(key, usual[14]![index]!)
    expect(await texts(strange[name], { ...whole, after: cursor })).toEqual(usual.slice(15))
  })

  test('without a key has all rows, in its own order, however long it takes', async () => {
    const ordered = sql`SELECT things.*, SLEEP(${0.015}) AS slept FROM things ORDER BY c DESC`
    const whole = { query: ordered, key: null, after: null, upTo: null, timeZone: null }
    expect(await texts(strange[name], whole)).toEqual(await texts(both.sources.direct, whole))
  })

  test('is estimated, and its keys are found', async () => {
    const whole = { query, key: 'v', after: null, upTo: null, timeZone: null }
    expect(await strange[name].estimate!(whole, signal)).toBeGreaterThan(0)
    const space = await strange[name].keySpace!(whole, signal)
    try {
      expect(await space.keys({ after: null, upTo: null }, 100, 'first')).toHaveLength(30)
    } finally {
      await space.close()
    }
  })
})

test('a backslash is an ordinary character, even before a quote', async () => {
  const query = sql`SELECT id, '\\' AS one, ${'x'} AS v, 'y\\' AS two, "v" || '\\' AS three FROM things WHERE c LIKE ${'c1|%'} ESCAPE '|' OR id <= ${1}`
  const rows = await texts(strange.direct, { query, key: 'id', after: null, upTo: null, timeZone: null })
  expect(rows.map((row) => row.slice(0, 4))).toEqual(['0', '1'].map((id) => [id, '\\', 'x', 'y\\']))
  expect(rows[0]![4]).toMatch(/日本😀\\$/)
})

function cursorOf(key: (typeof KEYS)[number], value: string): Cursor {
  const types = { id: 'integer', v: 'text', c: 'text', d: 'decimal', b: 'binary', t: 'temporal', l: 'text' } as const
  return { type: types[key], value: key === 'b' ? Buffer.from(value, 'utf8').toString('base64') : value }
}

async function texts(source: BothSources['sources']['direct'], query: Parameters<typeof source.open>[0]) {
  const rows = await source.open(query, signal)
  try {
    return await readAll(rows)
  } finally {
    await rows.close()
  }
}
