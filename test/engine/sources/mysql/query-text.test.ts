/** How a query's text is read and its values are placed, without a server. */
import sql, { type Sql } from 'sql-template-tag'
import type { Place } from '../../../../engine/sources/mysql/parameter.ts'
import {
  endsWithLimit,
  isEmpty,
  locksForUpdate,
  openingOf,
  queryText,
  writesResult,
} from '../../../../engine/sources/mysql/query-text.ts'

const x = 7

describe('the place of a value', () => {
  test.each<[Place, Sql]>([
    ['any', sql`SELECT ${x}`],
    ['any', sql`SELECT 5, ${1.5}`],
    ['any', sql`SELECT a FROM t WHERE a AND ${x}`],
    ['any', sql`SELECT f(a, ${x})`],
    ['any', sql`SELECT ${x} + 1 = 2`],
    ['any', sql`SELECT 2 = 1 + ${x}`],
    ['any', sql`SELECT a IN (1 + ${x})`],
    ['any', sql`SELECT a IN (${x} - 1)`],
    ['any', sql`SELECT a FROM t WHERE a BETWEEN 1 AND 2 AND ${x}`],
    ['any', sql`SELECT a IN (1, 2) OR ${x}`],
    ['any', sql`SELECT COALESCE(a, 1), ${x}`],
    ['any', sql`SELECT 1 FROM (SELECT a FROM t LIMIT 1) u, LATERAL (SELECT ${x}) v`],
    ['any', sql`SELECT 1 LIMIT 5 UNION SELECT ${1.5}`],
    ['compared', sql`SELECT a=${x}`],
    ['compared', sql`SELECT ${x}= a`],
    ['compared', sql`SELECT a < ${x}`],
    ['compared', sql`SELECT ${x} > a`],
    ['compared', sql`SELECT a >= /* at least */ ${x}`],
    ['compared', sql`SELECT a IN (${x})`],
    ['compared', sql`SELECT a IN (1, 2, ${x})`],
    ['compared', sql`SELECT a BETWEEN ${x} AND 9`],
    ['compared', sql`SELECT a BETWEEN 1 AND ${x}`],
    ['compared', sql`SELECT a between 1 and ${x}`],
    ['unified', sql`SELECT COALESCE(a, ${x})`],
    ['unified', sql`SELECT coalesce (${x}, a)`],
    ['unified', sql`SELECT CASE a WHEN 1 THEN ${x} END`],
    ['unified', sql`SELECT CASE a WHEN 1 THEN 2 ELSE ${x} END`],
    ...['CAST', 'CONVERT', 'IFNULL', 'NULLIF', 'IF', 'GREATEST', 'LEAST'].map((name): [Place, Sql] => [
      'unified',
      sql([`SELECT ${name}(`, ')'] as never, x),
    ]),
    ['constant', sql`SELECT NTILE(${x}) OVER ()`],
    ['any', sql`SELECT NTILE(1, ${x}) OVER ()`],
    ['any', sql`SELECT LAG(${x}) OVER ()`],
    ['constant', sql`SELECT LAG(a, ${x}, 0) OVER ()`],
    ['any', sql`SELECT LAG(a, 1, ${x}) OVER ()`],
    ['constant', sql`SELECT LAG(a + 1, ${x}) OVER ()`],
    ['constant', sql`SELECT LEAD(a, ${x}) OVER ()`],
    ['constant', sql`SELECT NTH_VALUE(a, ${x}) OVER ()`],
    ['constant', sql`SELECT SUM(a) OVER (ROWS ${x} PRECEDING)`],
    ['constant', sql`SELECT SUM(a) OVER (ROWS BETWEEN 1 PRECEDING AND ${x} FOLLOWING)`],
    ['limit', sql`SELECT 1 LIMIT ${x}`],
    ['limit', sql`SELECT 1 LIMIT 5 OFFSET ${x}`],
    ['limit', sql`SELECT 1 LIMIT 5, ${x}`],
    ['limit', sql`SELECT 1 FROM (SELECT a FROM t limit ${x}) u`],
    // A quote that seems unclosed hides what precedes the value.
    ['any', sql`SELECT a = ${x} AND b = 'open`],
  ])('is %s: %#', (place, query) => {
    expect(placed(query).places).toEqual([place])
  })

  test('is told for each value by itself', () => {
    const query = sql`SELECT a BETWEEN ${1} AND ${2} AND ${3} FROM t WHERE b = ${4} LIMIT ${5} OFFSET ${6}`
    expect(placed(query).places).toEqual(['compared', 'compared', 'any', 'compared', 'limit', 'limit'])
  })
})

describe('the text of a query', () => {
  test.each<[string, Sql, string]>([
    ['has a marker in place of each value', sql`SELECT ${1},${2}`, 'SELECT ?1,?2'],
    ['has keywords for booleans', sql`SELECT ${true}, ${false}, ${3}`, 'SELECT TRUE, FALSE, ?3'],
    ['loses the semicolons at its end', sql`SELECT ${1};; -- the end`, 'SELECT ?1'],
    ['loses a comment that has a value', sql`SELECT /* ${1} */ ${3}`, 'SELECT   ?3'],
    ['loses a comment that has several values', sql`SELECT /* ${1} and ${2} */ ${3}`, 'SELECT   ?3'],
    ['keeps other comments', sql`SELECT /* all */ ${1} # one`, 'SELECT /* all */ ?1'],
    ['keeps hints with their values', sql`SELECT /*+ NO_ICP(${1}) */ ${2}`, 'SELECT /*+ NO_ICP(?1) */ ?2'],
    ['keeps semicolons and markers in quotes', sql`SELECT ';?', "it's ?", ${1}`, `SELECT ';?', "it's ?", ?1`],
    ['may have parentheses that do not match, which the server reports', sql`SELECT 1)) + ${1}`, 'SELECT 1)) + ?1'],
    ['is empty if only comments and semicolons are given', sql`/* nothing */ ;`, ''],
  ])('%s', (_, query, expected) => {
    expect(placed(query).text).toBe(expected)
  })

  test('is read without backslash escapes if only then its quotes match', () => {
    const query = sql(["SELECT a LIKE 'b|_%' ESCAPE '\\' AND a = ", ''] as never, 1)
    expect(placed(query)).toEqual({ text: "SELECT a LIKE 'b|_%' ESCAPE '\\' AND a = ?1", places: ['compared'] })
    const escaped = sql(["SELECT 'it\\'s', a = ", ", 'it\\'s'"] as never, 1)
    expect(placed(escaped)).toEqual({ text: "SELECT 'it\\'s', a = ?1, 'it\\'s'", places: ['compared'] })
  })

  test('may not have a value within quotes', () => {
    expect(() => placed(sql`SELECT '%${'a'}%'`)).toThrow(/value within quotes/)
    expect(() => placed(sql`SELECT \`${'a'}\``)).toThrow(/value within quotes/)
  })

  test.each(['SELECT 1; SELECT 2', '; SELECT 1', 'SELECT 1;;SELECT 2;'])(
    'may not have a second statement: %s',
    (text) => {
      expect(() => placed(plain(text))).toThrow(/more than one statement/)
    },
  )

  test('may have a semicolon behind a quote that seems unclosed, because the server may read it otherwise', () => {
    expect(placed(plain("SELECT 'a; b")).text).toBe("SELECT 'a; b")
  })

  test.each([0, 7, 0n, 7n, '0', '7', '18446744073709551615'])('may have a LIMIT of %p', (count) => {
    expect(boundOf(sql`SELECT 1 LIMIT ${count}`)).toEqual([String(count)])
  })

  test.each([-1, -1n, 7.5, '7.5', '-1', '', null, true, 2 ** 53])('may not have a LIMIT of %p', (count) => {
    expect(() => placed(sql`SELECT 1 LIMIT ${count}`)).toThrow(/LIMIT or an OFFSET that is not a whole number/)
  })
})

describe('what a query is, by its words', () => {
  test.each<[string, boolean]>([
    ['SELECT 1 FOR UPDATE', true],
    ['SELECT * FROM (SELECT a FROM t for /* now */ update) u', true],
    ['SELECT `FOR` FROM t', false],
    ["SELECT 'FOR UPDATE'", false],
    ['UPDATE t SET a = 1', false],
    ['SELECT 1 FOR SHARE', false],
  ])('whether %s locks rows: %p', (text, expected) => {
    expect(locksForUpdate(plain(text))).toBe(expected)
  })

  test.each<[string, boolean]>([
    ['', true],
    [' -- nothing\n;', true],
    ['SELECT 1', false],
    ["''", false],
  ])('whether %p is empty: %p', (text, expected) => {
    expect(isEmpty(plain(text))).toBe(expected)
  })

  test.each([
    ['/* a */ call p()', 'CALL'],
    ['(SELECT 1)', '('],
    [' ', undefined],
  ])('%p begins with %p', (text, opening) => {
    expect(openingOf(plain(text))).toBe(opening)
  })

  test.each<[string, boolean]>([
    ['SELECT 1 INTO @a', true],
    ["(SELECT 1 INTO OUTFILE 'a')", true],
    ['WITH a AS (SELECT 1) SELECT * INTO @b FROM a', true],
    ['TABLE t INTO @a', true],
    ['VALUES ROW(1) INTO @a', true],
    ['SELECT 1', false],
    ["SELECT 'INTO', `INTO` FROM t", false],
    ['INSERT INTO t VALUES (1)', false],
    ['', false],
  ])('whether %s writes its result: %p', (text, expected) => {
    expect(writesResult(plain(text))).toBe(expected)
  })

  test.each<[string, boolean]>([
    ['SELECT 1', false],
    ['SELECT 1 LIMIT 1', true],
    ['SELECT 1 fetch first row only', true],
    ['SELECT 1 FOR SHARE', true],
    ['SELECT 1 LOCK IN SHARE MODE', true],
    ['SELECT * FROM (SELECT 1 LIMIT 1) a', false],
    ['(SELECT 1) LIMIT 1', true],
    ['SELECT ((1)) LIMIT 1', true],
    ['SELECT 1 LIMIT 1 UNION SELECT 2', false],
    ['SELECT 1 LIMIT 1 UNION SELECT 2 LIMIT 1', true],
    ['SELECT (SELECT 1 UNION SELECT 2 LIMIT 1)', false],
    ['SELECT 1 LIMIT 1 + (SELECT 1 UNION SELECT 2)', true],
    ["SELECT 'LIMIT', '(' FROM t LIMIT 1", true],
    ["SELECT 'LIMIT' FROM `LIMIT`", false],
  ])('whether %s has a clause after which no LIMIT can stand: %p', (text, expected) => {
    expect(endsWithLimit(plain(text))).toBe(expected)
  })
})

function plain(text: string): Sql {
  return sql([text] as never)
}

/** The text with each value behind its marker, and the values' places. */
function placed(query: Sql): { text: string; places: Place[] } {
  const places: Place[] = []
  const text = queryText(query, ({ value }, place) => {
    places.push(place)
    return `?${value}`
  })
  return { text, places }
}

function boundOf(query: Sql): unknown[] {
  const bound: unknown[] = []
  queryText(query, ({ value }) => {
    bound.push(value)
    return '?'
  })
  return bound
}
