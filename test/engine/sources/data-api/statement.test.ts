/** How an export's query is wrapped for the Data API, and how its values are bound. */
import { raw, type Sql, sql } from '../../../../engine/catalogue.ts'
import { selectColumn } from '../../../../engine/sources/data-api/columns.ts'
import {
  bareStatement,
  keysStatement,
  pageStatement,
  rangeStatement,
  wholeStatement,
} from '../../../../engine/sources/data-api/statement.ts'
import type { RangeQuery } from '../../../../engine/sources/source.ts'
import type { Cursor } from '../../../../statemachine/contract.ts'

const ID = selectColumn({ label: 'id', typeName: 'INT' })
const FROM = 'FROM ( SELECT id ) AS carryout'
const SIGNED = (at: number) => `CAST(:carryout_${at} AS SIGNED)`
const after: Cursor = { type: 'integer', value: '7' }
const upTo: Cursor = { type: 'integer', value: '9' }

describe('a value', () => {
  it('is bound by name, with its type', () => {
    const bound = bareStatement(
      { query: sql`SELECT ${5}, ${'a'}, ${1.5}, ${null}, ${Buffer.of(255)}, ${new Date(0)}, ${true}` },
      { twice: false },
    )
    expect(oneLine(bound.text)).toBe(
      `SELECT ${SIGNED(0)}, :carryout_1, :carryout_2, :carryout_3, CAST(UNHEX(:carryout_4) AS BINARY), ` +
        'CAST(FROM_UNIXTIME(CAST(:carryout_5 AS DECIMAL(20, 3))) AS DATETIME(3)), TRUE LIMIT 0',
    )
    expect(bound.parameters.map(({ value }) => value)).toEqual([
      ...[{ stringValue: '5' }, { stringValue: 'a' }, { doubleValue: 1.5 }, { isNull: true }],
      ...[{ stringValue: 'ff' }, { stringValue: '0.000' }],
    ])
    expect(bound.parameters.map(({ name }) => name)).toEqual([0, 1, 2, 3, 4, 5].map((at) => `carryout_${at}`))
  })

  it('is an integer of its own where SQL allows only a constant', () => {
    for (const query of [sql`SELECT id FROM t LIMIT ${5}`, sql`SELECT LAG(id, ${5}) OVER (ORDER BY id) FROM t`]) {
      const { text, parameters } = rangeStatement(rangeQuery({ query, key: null }))
      expect(text).toMatch(/(LIMIT |id, ):carryout_0\b/)
      expect(parameters).toEqual([{ name: 'carryout_0', value: { longValue: 5 } }])
    }
  })
})

describe('a page', () => {
  const page = (more: Partial<RangeQuery>, from: Cursor | null = null) =>
    pageStatement({ ...rangeQuery(more), key: 'id' }, { columns: [ID], after: from, rows: 50 })

  it('is the first rows of the query, in the order of the key', () => {
    const { text, parameters } = page({})
    expect(oneLine(text)).toBe(`SELECT ${ID.expression} AS c0 ${FROM} ORDER BY carryout.\`id\` LIMIT 50`)
    expect(parameters).toEqual([])
  })

  it('that continues begins with the cursor’s row, and has one row more for it', () => {
    const { text, parameters } = page({}, after)
    expect(oneLine(text)).toBe(
      `SELECT ${ID.expression} AS c0, carryout.\`id\` = ${SIGNED(0)} AS carryout_same ${FROM} ` +
        `WHERE carryout.\`id\` >= ${SIGNED(0)} ORDER BY carryout.\`id\` LIMIT 51`,
    )
    expect(parameters).toEqual([{ name: 'carryout_0', value: { stringValue: '7' } }])
  })

  it('ends with the range, whose first page has the rows without a key', () => {
    expect(oneLine(page({ upTo }).text)).toContain(
      `WHERE (carryout.\`id\` <= ${SIGNED(0)} OR carryout.\`id\` IS NULL) ORDER`,
    )
    expect(oneLine(page({ upTo }, after).text)).toContain(
      `WHERE carryout.\`id\` >= ${SIGNED(0)} AND carryout.\`id\` <= ${SIGNED(1)} ORDER`,
    )
  })
})

test('a query that is not wrapped is described without its rows, whether it has a limit or not', () => {
  const bare = (query: Sql, twice: boolean) => oneLine(bareStatement({ query }, { twice }).text)
  expect(bare(sql`SELECT id`, false)).toBe('SELECT id LIMIT 0')
  expect(bare(sql`SELECT id LIMIT 5`, false)).toBe('( SELECT id LIMIT 5 ) LIMIT 0')
  expect(bare(sql`SELECT id LIMIT 5`, true)).toBe('( SELECT id LIMIT 5 ) UNION ALL ( SELECT id LIMIT 5 ) LIMIT 0')
})

test('a whole query keeps its own order by a limit of all rows, unless it has one', () => {
  const whole = (limited: boolean) =>
    oneLine(wholeStatement(rangeQuery({ key: null }), { columns: [ID, ID], limited }).text)
  const all = 'LIMIT 9223372036854775807'
  const selected = `SELECT ${ID.expression} AS c0, ${ID.expression} AS c1`
  expect(whole(true)).toBe(`${selected} FROM ( SELECT id ${all} ) AS carryout ${all}`)
  expect(whole(false)).toBe(`${selected} ${FROM} ${all}`)
})

describe('keys', () => {
  const keys = (
    bounds: { after: Cursor | null; upTo: Cursor | null },
    some?: { limit: number; end: 'first' | 'last' },
  ) => oneLine(keysStatement({ ...rangeQuery({}), key: 'id' }, { column: ID, bounds, ...(some && { some }) }).text)

  it('are those within the bounds, from either end', () => {
    const head = `SELECT ${ID.expression} AS c0 ${FROM} WHERE`
    expect(keys({ after: null, upTo: null }, { limit: 5, end: 'first' })).toBe(
      `${head} carryout.\`id\` IS NOT NULL ORDER BY carryout.\`id\` LIMIT 5`,
    )
    expect(keys({ after, upTo }, { limit: 5, end: 'last' })).toBe(
      `${head} carryout.\`id\` > ${SIGNED(0)} AND carryout.\`id\` <= ${SIGNED(1)} ORDER BY carryout.\`id\` DESC LIMIT 5`,
    )
  })

  it('have no order for an estimate', () => {
    expect(keys({ after, upTo: null })).toMatch(/> CAST\(:carryout_0 AS SIGNED\)$/)
  })
})

describe('a range', () => {
  it('is the query itself without a key', () => {
    expect(rangeStatement(rangeQuery({ key: null, after, upTo }))).toEqual({ text: 'SELECT id', parameters: [] })
  })

  it('is cut by its bounds', () => {
    const range = (more: Partial<RangeQuery>) => oneLine(rangeStatement(rangeQuery(more)).text)
    expect(range({})).toBe(`SELECT * ${FROM} ORDER BY carryout.\`id\``)
    expect(range({ after, upTo })).toBe(
      `SELECT * ${FROM} WHERE carryout.\`id\` > ${SIGNED(0)} AND carryout.\`id\` <= ${SIGNED(1)} ORDER BY carryout.\`id\``,
    )
    expect(range({ upTo })).toContain(`WHERE carryout.\`id\` <= ${SIGNED(0)} ORDER`)
  })
})

function rangeQuery(more: Partial<RangeQuery>): RangeQuery {
  const query = raw('SELECT id') as unknown as Sql
  return { query, key: 'id', after: null, upTo: null, timeZone: null, ...more }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}
