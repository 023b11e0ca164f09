/** Exports that are rejected before they run or in planning, with their errors. */
import type { Connection } from 'mysql2/promise'
import { defineCatalogue, defineExport, type Export, sql } from '../../../engine/catalogue.ts'
import { planRanges } from '../../../engine/plan-ranges.ts'
import { prepare } from '../../../engine/prepare.ts'
import { toCarryoutError } from '../../../engine/sources/mysql/failure.ts'
import type { Source } from '../../../engine/sources/source.ts'
import { DatabaseUnavailable, QueryFailed } from '../../../statemachine/errors.ts'
import { requestFor, run, sourceOf } from '../harness.ts'
import { type Bench, startBench } from './data-api-support.ts'

let bench: Bench
let connection: Connection
let direct: Source
let dataApi: Source
const sources = () => [direct, dataApi]
const never = new AbortController().signal

beforeAll(async () => {
  bench = await startBench()
  ;({ connection } = bench)
  direct = sourceOf(bench.database)
  dataApi = await bench.source()
})
afterAll(() => bench.close())

describe('a statement that returns no rows is refused before it runs', () => {
  beforeAll(async () => {
    await connection.query('CREATE TABLE traces (id INT)')
    await connection.query('CREATE PROCEDURE two_results() BEGIN SELECT 1 AS id; SELECT 2 AS id; END')
    await connection.query(
      `GRANT EXECUTE ON ${bench.database.database}.* TO '${bench.database.exporter.username}'@'127.0.0.1'`,
    )
  })

  it.each([
    ['CALL', 'CALL two_results()', /calls a procedure.*An export is one SELECT/],
    ['CALL after spaces', '\n  call two_results()', /calls a procedure/],
    ['CALL after a comment', '-- both\n/* of them */ Call two_results()', /calls a procedure/],
    ['HELP', "HELP 'contents'", /asks the server for help.*An export is one SELECT/],
    ['WITH … INTO a variable', 'WITH a AS (SELECT 1 AS id) SELECT id FROM a INTO @seen', /writes its result \(INTO\)/],
    ['SELECT … INTO a variable', 'SELECT 1 INTO @seen', /writes its result \(INTO\)/],
    ['SET', 'SET @seen = 1', /returns no rows.*An export is one SELECT/],
    ['DO', 'DO SLEEP(5)', /returns no rows/],
    ['FOR UPDATE', 'SELECT id FROM traces FOR UPDATE', /locks the rows .*FOR UPDATE/],
    [
      'FOR UPDATE in a subquery',
      'SELECT 1 AS id WHERE 1 IN (SELECT id FROM traces for /* a */ update)',
      /locks the rows/,
    ],
    ['INSERT', 'INSERT INTO traces VALUES (1)', /returns no rows|INSERT command denied/],
    ['nothing', ' ; -- nothing', /query is empty/],
    ['two statements', 'SELECT 1 AS id; SELECT 2 AS id', /more than one statement/],
  ])('%s', async (_, statement, message) => {
    const failure = await run(given(statement), { source: direct, store: bench.store }).catch((error) => error)
    expect(failure).toBeInstanceOf(QueryFailed)
    expect(failure.message).toMatch(message)
    for (const key of [null, 'id']) {
      const other = await run(given(statement, key), { source: dataApi, store: bench.store }).catch((error) => error)
      expect(other).toBeInstanceOf(QueryFailed)
      // Once wrapped, any statement that returns no rows is a syntax error.
      if (!/returns no rows/.test(message.source)) expect(other.message).toMatch(message)
    }
    expect((await connection.query('SELECT * FROM traces'))[0]).toEqual([])
  })

  it('unlike a statement that returns rows', async () => {
    const statements = [
      '/* INTO */ SELECT 1 AS id',
      "SELECT 'CALL INTO' AS id",
      '(SELECT 1 AS id) UNION SELECT 2',
      'WITH a AS (SELECT 1 AS id) SELECT * FROM a;',
    ]
    for (const statement of statements) await run(given(statement), { source: direct, store: bench.store })
  })
})

describe('a view that only its definer may explain', () => {
  beforeAll(async () => {
    const { database, exporter, admin } = bench.database
    // The exporter may read everything of its schema; so the table is in one of the administrator's.
    await connection.query(`CREATE DATABASE ${database}_hidden`)
    await connection.query(`CREATE TABLE ${database}_hidden.pp (id INT PRIMARY KEY, amt INT)`)
    await connection.query(`INSERT INTO ${database}_hidden.pp SELECT id, id FROM orders`)
    await connection.query(`CREATE SQL SECURITY DEFINER VIEW vp AS SELECT id, amt FROM ${database}_hidden.pp`)
    expect(admin.username).not.toBe(exporter.username)
  })
  afterAll(() => connection.query(`DROP DATABASE ${bench.database.database}_hidden`))

  it('is exported in one range, with a warning', async () => {
    for (const source of sources()) {
      const definition = given('SELECT * FROM vp', 'id', 2)
      const warnings: string[] = []
      const planned = await plan(definition, source, warnings)
      expect(planned.ranges).toHaveLength(1)
      expect(warnings).toEqual([
        expect.stringMatching(/refused to plan the ranges of things, so it is exported in one range.*1345/),
      ])
      const { manifest } = await run(definition, { source, store: bench.store })
      expect(manifest.file.rows).toBe(3000)
    }
  })
})

describe('a query that is wrong', () => {
  it('fails during planning', async () => {
    for (const source of sources())
      await expect(plan(given('SELECT id FROM nowhere', 'id', 2), source)).rejects.toThrow(QueryFailed)
  })
})

describe('a view whose definer no longer exists', () => {
  beforeAll(async () => {
    const { database } = bench.database
    const gone = `'${database.slice(-12)}'@'%'`
    await connection.query(`CREATE USER ${gone}`)
    await connection.query(`GRANT SELECT ON ${database}.* TO ${gone}`)
    await connection.query(`CREATE DEFINER = ${gone} SQL SECURITY DEFINER VIEW orphan AS SELECT id FROM orders`)
    await connection.query(`DROP USER ${gone}`)
  })

  it('is a failed query, not an unavailable database', async () => {
    for (const source of sources()) {
      const failure = await run(given('SELECT * FROM orphan', 'id'), { source, store: bench.store }).catch(
        (error) => error,
      )
      expect(failure).toBeInstanceOf(QueryFailed)
      expect(failure.message).toMatch(/DEFINER|definer/)
    }
  })

  it('unlike a password that is refused, through the Data API as well', async () => {
    const account = { ...bench.database.exporter, password: 'wrong' }
    const source = await bench.source({ secret: () => JSON.stringify(account) })
    const failure = await run(given('SELECT 1 AS id', 'id'), { source, store: bench.store }).catch((error) => error)
    expect(failure).toBeInstanceOf(DatabaseUnavailable)
  })
})

test('a bound value is never part of an error, whatever the server quotes', () => {
  const values = ['secret-value', 7n, 'abc', null, true]
  const quoted = "Illegal mix of collations (secret-value,7) and (abc,abcdef) for operation '7'"
  const { message } = toCarryoutError({ errno: 1267, sqlState: 'HY000', message: quoted }, values)
  expect(message).toMatch(/collations \(\(a value\),7\) and \(abc,abcdef\) for operation \(a value\)$/)
})

describe('a server’s message about a row', () => {
  beforeAll(async () => {
    const { database, exporter } = bench.database
    await connection.query(
      `CREATE FUNCTION raising(x INT) RETURNS INT DETERMINISTIC
       BEGIN DECLARE text VARCHAR(99) DEFAULT CONCAT('secret ', x); SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = text; RETURN x; END`,
    )
    await connection.query(
      `CREATE FUNCTION pretending(x INT) RETURNS INT DETERMINISTIC
       BEGIN DECLARE text VARCHAR(99) DEFAULT CONCAT('Table ''secret ', x, ''' doesn''t exist');
       SIGNAL SQLSTATE '42S02' SET MYSQL_ERRNO = 1146, MESSAGE_TEXT = text; RETURN x; END`,
    )
    // Error numbers that servers use for mistakes in a query, for values, and for temporary problems.
    for (const [name, state, number] of [
      ['mumbling', '42S02', 1146],
      ['overflowing', '22003', 1690],
      ['interrupting', '70100', 1317],
    ])
      await connection.query(
        `CREATE FUNCTION ${name}(x INT) RETURNS INT DETERMINISTIC
         BEGIN DECLARE text VARCHAR(99) DEFAULT CONCAT('No secret for ', x);
         SIGNAL SQLSTATE '${state}' SET MYSQL_ERRNO = ${number}, MESSAGE_TEXT = text; RETURN x; END`,
      )
    for (const name of ['raising', 'pretending', 'mumbling', 'overflowing', 'interrupting'])
      await connection.query(`GRANT EXECUTE ON FUNCTION ${database}.${name} TO '${exporter.username}'@'127.0.0.1'`)
  })

  it.each([
    [
      'a function that raises an error',
      'SELECT id, raising(id) AS x FROM orders',
      /error 1644, SQLSTATE 45000.*SIGNAL/,
    ],
    [
      'a function that raises one of the server’s own errors',
      'SELECT id, pretending(id) AS x FROM orders',
      /error 1146, SQLSTATE 42S02\): its text is not shown/,
    ],
    [
      'the same without quotes',
      'SELECT id, mumbling(id) AS x FROM orders',
      /error 1146, SQLSTATE 42S02\): its text is/,
    ],
    [
      'the same of a constant',
      'SELECT id FROM orders WHERE mumbling(1) = 1',
      /error 1146, SQLSTATE 42S02\): its text is/,
    ],
    ['another number', 'SELECT id, overflowing(id) AS x FROM orders', /error 1690, SQLSTATE 22003\): its text is not/],
    [
      'another of a constant',
      'SELECT id FROM orders WHERE overflowing(1) = 1',
      /error 1690, SQLSTATE 22003\): its text is/,
    ],
    ['what passes', 'SELECT id, interrupting(id) AS x FROM orders', /error 1317, SQLSTATE 70100\): its text is not/],
    [
      'a path',
      "SELECT id, EXTRACTVALUE(1, CONCAT('~secret', 3000)) AS x FROM orders",
      /error 1105.*: XPATH syntax error: /,
    ],
    [
      'a quote in the value',
      `SELECT id, EXTRACTVALUE(1, CONCAT('~se"c\\'ret', 3000, ' for column x')) AS x FROM orders`,
      /error 1105/,
    ],
  ])('is not part of the error, by either source: %s', async (_, query, message) => {
    const heard: string[] = []
    const options = { onServerError: (text: string) => void heard.push(text) }
    for (const source of [sourceOf(bench.database, undefined, options), await bench.source({}, options)]) {
      const failure = await run(given(query, 'id'), { source, store: bench.store }).catch((error) => error)
      expect(failure).toBeInstanceOf(/1317/.test(message.source) ? DatabaseUnavailable : QueryFailed)
      expect(failure.message).toMatch(message)
      expect(failure.message).not.toMatch(/secret|ret\d/)
      // An error of the planning does not contain the values either.
      const estimated = await source.estimate!(queryOf(query), never).catch((error) => error)
      if (estimated instanceof Error) expect(estimated.message).not.toMatch(/secret|ret\d/)
      // The listener for details gets the full message.
      expect(heard.splice(0).join()).toMatch(/secret|c'?ret\d/)
    }
  })
})

describe('the optimizer’s guess', () => {
  it('is requested with an explicit format, so that another default does not matter', async () => {
    const [formats] = await connection.query("SHOW GLOBAL VARIABLES LIKE 'explain_format'")
    const [format] = formats as { Value: string }[]
    if (format) await connection.query("SET GLOBAL explain_format = 'TREE'")
    try {
      for (const source of [direct, await bench.source()]) {
        expect(await source.estimate!(queryOf('SELECT id FROM orders'), never)).toBeGreaterThan(1000)
      }
    } finally {
      if (format) await connection.query('SET GLOBAL explain_format = ?', [format.Value])
    }
  })
})

function queryOf(text: string) {
  return { query: sql([text] as never), key: 'id', after: null, upTo: null, timeZone: null }
}

function given(query: string, key: string | null = null, parallelism = 1): Export {
  return defineExport({
    name: 'things',
    title: 'Things',
    ...(key === null ? {} : { key, parallelism }),
    columns: { id: 'Id' },
    query: () => sql([query] as never),
  })
}

function plan(definition: Export, source: Source, warnings: string[] = []) {
  const catalogue = defineCatalogue([definition])
  const prepared = prepare(requestFor(definition), { catalogue, now: new Date() })
  return planRanges(prepared, { catalogue, source, signal: never, warn: (message) => warnings.push(message) })
}
