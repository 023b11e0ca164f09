/** What a query's columns are on a direct connection, and how its key is sorted, in a session whose server is the test. */
import { sql } from '../../../../engine/catalogue.ts'
import { checkKey, describe as describeQuery, prepareKey } from '../../../../engine/sources/mysql/describe.ts'
import type { Session } from '../../../../engine/sources/mysql/session.ts'
import type { RangeQuery } from '../../../../engine/sources/source.ts'
import { KeyNotUnique, QueryFailed } from '../../../../statemachine/errors.ts'

const FIELD = { decimals: 0, characterSet: 224, flags: 1, columnLength: 400 }
const INT = { ...FIELD, columnType: 3 }
const FLOAT = { ...FIELD, columnType: 4 }
const VARCHAR = { ...FIELD, columnType: 253 }
const LONGTEXT = { ...FIELD, columnType: 252, columnLength: 2 ** 32 - 1 }
const BINARY = { ...VARCHAR, characterSet: 63 }
type Type = Omit<Awaited<ReturnType<Session['columnsOf']>>[number], 'name'>

describe('a query', () => {
  it.each<[string, [string, Type][], object]>([
    [
      'has no names of ours',
      [
        ['id', INT],
        ['a', VARCHAR],
      ],
      { names: undefined },
    ],
    [
      'has the names of two equal columns',
      [
        ['id', INT],
        ['ID', INT],
      ],
      { names: ['id', 'ID'] },
    ],
    [
      'says which columns are FLOATs',
      [
        ['id', INT],
        ['f', FLOAT],
      ],
      { names: ['id', 'f'], floats: [false, true] },
    ],
  ])('%s', async (_, columns, known) => {
    const { session } = given(columns)
    const { query, columns: found } = await describeQuery(session, rangeQuery({}))
    expect(query).toEqual({ ...rangeQuery({}), ...known })
    expect(found.map(({ name }) => name)).toEqual(columns.map(([name]) => name))
  })

  it('is prepared with its own text and values', async () => {
    const { session, statements } = given([['id', INT]])
    await describeQuery(session, rangeQuery({ query: sql`SELECT ${'a'}` }))
    expect(statements).toEqual([['SELECT ?', ['a']]])
  })

  it('without columns is refused, and the error says why if its text shows it', async () => {
    const { session } = given([])
    await expect(describeQuery(session, rangeQuery({ query: sql`SET @a = 1` }))).rejects.toThrow('returns no rows')
    const into = describeQuery(session, rangeQuery({ query: sql`SELECT 1 INTO @a` }))
    await expect(into).rejects.toThrow('The query writes its result (INTO)')
  })

  it.each([
    ['', 'is empty'],
    ['CALL orders()', 'calls a procedure'],
    ['HELP "SELECT"', 'asks the server for help'],
    ['SELECT id FROM orders FOR UPDATE', 'locks the rows'],
  ])('is refused by its text: %s', async (text, sentence) => {
    const { session, statements } = given([['id', INT]])
    const error = await describeQuery(session, rangeQuery({ query: sql([text] as never) })).catch((reason) => reason)
    expect(error).toBeInstanceOf(QueryFailed)
    expect(error.message).toContain(sentence)
    expect(statements).toEqual([])
  })
})

describe('a key', () => {
  it('that is a text is sorted by all that its type allows, and has a collation', async () => {
    const { prepared, statements } = await key(VARCHAR)
    expect(prepared).toBe('utf8mb4_bin')
    expect(statements.at(-1)![0]).toContain('max_sort_length = CAST(GREATEST(@@SESSION.max_sort_length, 4800)')
  })

  it('that is a text of any length is measured', async () => {
    for (const [longest, expected] of [
      [[{ longest: '5000' }], 5000],
      [[{ longest: null }], 0],
      [[], 0],
    ] as const) {
      const { statements } = await key(LONGTEXT, { longest })
      expect(statements.at(-1)![0]).toContain(`max_sort_length, ${expected})`)
      const measured = statements.flatMap(([, values]) => values).find((value) => String(value).includes('AS longest'))
      expect(measured).toMatch(/^SELECT MAX\(.*FROM \(\n.*SELECT id FROM orders.*ORDER BY carryout\.`id`/s)
    }
  })

  it('that is binary has no collation', async () => {
    const { prepared, statements } = await key(BINARY)
    expect(prepared).toBeNull()
    expect(statements).toEqual([[expect.stringContaining('max_sort_length, 400)'), []]])
  })

  it('that is not a text needs nothing', async () => {
    for (const [type, name] of [
      [INT, 'id'],
      [VARCHAR, 'other'],
      [VARCHAR, null],
    ] as const) {
      const { prepared, checked, statements } = await key(type, {}, name)
      expect([prepared, checked, statements]).toEqual([null, null, []])
    }
  })

  it('must be sorted as it is compared', async () => {
    const [levels, version] = ['utf8mb4_uca1400_as_cs', '11.8.2-MariaDB']
    expect((await key(VARCHAR, { collation: [{ collation: levels, version }] })).prepared).toBe(levels)
    for (const [type, collation] of [
      [VARCHAR, 'utf8mb4_nopad_bin'],
      [LONGTEXT, levels],
    ] as const) {
      await expect(key(type, { collation: [{ collation, version }] })).rejects.toThrow(KeyNotUnique)
    }
    expect((await key(VARCHAR, { collation: [] })).prepared).toBe('')
  })
})

interface Answers {
  longest?: readonly object[]
  collation?: readonly object[]
}

async function key(type: Type, answers: Answers = {}, name: string | null = 'id') {
  const { session, statements } = given(
    [
      ['n', INT],
      ['id', type],
    ],
    answers,
  )
  const described = await describeQuery(session, rangeQuery({ key: name }))
  statements.length = 0
  const prepared = await prepareKey(session, described)
  return { prepared, statements: [...statements], checked: await checkKey(session, described) }
}

/** @param answers rows of the statements that ask about a key */
function given(
  columns: [name: string, type: Type][],
  { longest = [], collation = [{ collation: 'utf8mb4_bin', version: '8.0.39' }] }: Answers = {},
) {
  const statements: [statement: string, values: readonly unknown[]][] = []
  let prepared = ''
  const session = {
    async columnsOf(statement: string, values: readonly unknown[]) {
      statements.push([statement, values])
      return columns.map(([name, type]) => ({ name, ...type }))
    },
    async bind(statement: string, parameters: { value: unknown }[]) {
      statements.push([statement, parameters.map(({ value }) => value)])
      prepared = String(parameters[0]!.value)
      return 0
    },
    async run(statement: string, values: readonly unknown[] = []) {
      statements.push([statement, values])
      if (!statement.startsWith('EXECUTE')) return []
      if (prepared.includes('AS longest')) return longest
      return prepared.includes('COLLATION(') ? collation : []
    },
  }
  return { session: session as unknown as Session, statements }
}

function rangeQuery(more: Partial<RangeQuery>): RangeQuery {
  return { query: sql`SELECT id FROM orders`, key: 'id', after: null, upTo: null, timeZone: null, ...more }
}
