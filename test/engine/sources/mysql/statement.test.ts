/** How an export's query is wrapped for a direct connection. */
import { raw, type Sql, sql } from '../../../../engine/catalogue.ts'
import { keysStatement, rangeStatement, sameKeyStatement } from '../../../../engine/sources/mysql/statement.ts'
import type { RangeQuery } from '../../../../engine/sources/source.ts'
import type { Cursor } from '../../../../statemachine/contract.ts'

const FROM = 'FROM ( SELECT id ) AS carryout'
const ALL = 'LIMIT 9223372036854775807'
const SIGNED = 'CAST(? AS SIGNED)'
const after: Cursor = { type: 'integer', value: '7' }
const upTo: Cursor = { type: 'integer', value: '9' }

describe('a range', () => {
  it('is the query itself without a key', () => {
    expect(range({ key: null, after, upTo })).toEqual(['SELECT id', []])
  })

  it('is cut by its bounds, and the first has the rows without a key', () => {
    const order = 'ORDER BY carryout.`id`'
    expect(range({})).toEqual([`SELECT * ${FROM} ${order}`, []])
    expect(range({ after })).toEqual([`SELECT * ${FROM} WHERE carryout.\`id\` > ${SIGNED} ${order}`, ['7']])
    expect(range({ upTo })).toEqual([
      `SELECT * ${FROM} WHERE (carryout.\`id\` <= ${SIGNED} OR carryout.\`id\` IS NULL) ${order}`,
      ['9'],
    ])
    expect(range({ after, upTo })).toEqual([
      `SELECT * ${FROM} WHERE carryout.\`id\` > ${SIGNED} AND carryout.\`id\` <= ${SIGNED} ${order}`,
      ['7', '9'],
    ])
  })

  it('of a query without a key is wrapped for its FLOATs, in its own order', () => {
    const floats = { key: null, names: ['id', 'f'], floats: [false, true] }
    const selected = 'SELECT carryout.`id` AS `id`, carryout.`f` + 0e0 AS `f`'
    expect(range(floats)).toEqual([`${selected} FROM ( SELECT id ${ALL} ) AS carryout ${ALL}`, []])
    expect(range({ ...floats, query: sql`SELECT id LIMIT ${5}` })).toEqual([
      `${selected} FROM ( SELECT id LIMIT ? ) AS carryout ${ALL}`,
      ['5'],
    ])
  })
})

test('keys are those within the bounds, from either end, and without an order for an estimate', () => {
  const keys = (more: Partial<RangeQuery>, some?: { limit: number; end: 'first' | 'last' }) =>
    oneLine(keysStatement({ ...rangeQuery(more), key: 'id' }, some).text)
  const head = `SELECT carryout.\`id\` ${FROM} WHERE`
  expect(keys({})).toBe(`${head} carryout.\`id\` IS NOT NULL`)
  expect(keys({ after, upTo }, { limit: 5, end: 'first' })).toBe(
    `${head} carryout.\`id\` > ${SIGNED} AND carryout.\`id\` <= ${SIGNED} ORDER BY carryout.\`id\` LIMIT 5`,
  )
  expect(keys({ upTo }, { limit: 5, end: 'last' })).toBe(
    `${head} carryout.\`id\` IS NOT NULL AND carryout.\`id\` <= ${SIGNED} ORDER BY carryout.\`id\` DESC LIMIT 5`,
  )
})

test('two rows are enough to know that a key is not unique', () => {
  const { text, parameters } = sameKeyStatement(rangeQuery({}), after)
  expect(oneLine(text)).toBe(`SELECT carryout.\`id\` ${FROM} WHERE carryout.\`id\` = ${SIGNED} LIMIT 2`)
  expect(parameters.map(({ value }) => value)).toEqual(['7'])
})

function range(more: Partial<RangeQuery>): [text: string, values: unknown[]] {
  const { text, parameters } = rangeStatement(rangeQuery(more))
  return [oneLine(text), parameters.map(({ value }) => value)]
}

function rangeQuery(more: Partial<RangeQuery>): RangeQuery {
  const query = raw('SELECT id') as unknown as Sql
  return { query, key: 'id', after: null, upTo: null, timeZone: null, ...more }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}
