/** What a query's columns are according to the Data API, and why it is refused, without a Data API. */
import { raw, type Sql, sql } from '../../../../engine/catalogue.ts'
import { describe as describeQuery, namesOf } from '../../../../engine/sources/data-api/describe.ts'
import type { RangeQuery } from '../../../../engine/sources/source.ts'
import { DatabaseUnavailable, KeyNotUnique, QueryFailed } from '../../../../statemachine/errors.ts'
import { type Answer, type Call, failure, givenApi, never, serverError, text } from './fake-api.ts'

const INT = { typeName: 'INT', precision: 10, nullable: 0, isSigned: true }
const BIT = { typeName: 'BIT', precision: 1, nullable: 0, isSigned: false }
const VARCHAR = { typeName: 'VARCHAR', precision: 20, nullable: 0 }
const columnsAre = (...columnMetadata: NonNullable<Answer['columnMetadata']>) => ({ columnMetadata })

describe('a query', () => {
  it('with a key is described without its rows', async () => {
    const { described, calls } = await given({}, () => columnsAre({ label: 'id', ...INT }))
    expect(described).toMatchObject({ limited: false, names: undefined, collation: null })
    expect(described.columns.map(({ name, kind }) => [name, kind])).toEqual([['id', 'integer']])
    expect(calls.map(({ sql: statement, withColumns }) => [statement, withColumns])).toEqual([
      ['SELECT * FROM ( SELECT 1 ) AS carryout LIMIT 0', true],
    ])
  })

  it('without a key is described with a limit, if it has none of its own', async () => {
    const ownLimit = () => serverError(1064)
    const firstForm = () => failure('BadRequestException', 'Database error code: 1064. Message: syntax')
    for (const [error, expected] of [
      [null, true],
      [ownLimit, false],
      [firstForm, false],
    ] as const) {
      const { described, calls } = await given({ key: null }, ({ sql: statement }) => {
        if (error && statement.includes('1 LIMIT 0 )')) throw error()
        return columnsAre({ label: 'id', ...INT })
      })
      expect([described.limited, calls.length]).toEqual([expected, expected ? 1 : 2])
    }
  })

  it('without a key is refused for any other mistake at once', async () => {
    const asked: string[] = []
    const described = given({ key: null }, ({ sql: statement }) => {
      asked.push(statement)
      throw serverError(1146)
    })
    await expect(described).rejects.toThrow(QueryFailed)
    expect(asked).toHaveLength(1)
  })

  it('may have no columns that the Data API knows of', async () => {
    expect((await given({}, () => ({}))).described.columns).toEqual([])
  })

  it('that cannot be an export is refused without asking', async () => {
    const described = given({ query: raw('CALL orders()') as unknown as Sql }, () => {
      throw new Error('It was asked')
    })
    await expect(described).rejects.toThrow('The query calls a procedure')
  })

  it('may be stopped', async () => {
    const stop = new AbortController()
    const stopped = new Error('stopped')
    const described = given(
      {},
      () => {
        stop.abort(stopped)
        throw serverError(1146)
      },
      stop.signal,
    )
    await expect(described).rejects.toBe(stopped)
  })
})

describe('two columns of one name', () => {
  const answer = ({ sql: statement }: Call) => {
    if (statement.startsWith('SELECT * FROM (')) throw serverError(1060)
    if (statement === 'SELECT 1 LIMIT 0') return columnsAre({ label: 'id', ...INT }, { ...INT }, { label: 'a', ...INT })
    return columnsAre(...['c0', 'c1', 'c2'].map((label) => ({ label, ...INT })))
  }

  it('have the names of the query', async () => {
    const { described, calls } = await given({}, answer)
    expect(described.names).toEqual(['id', '', 'a'])
    expect(described.columns.map(({ name }) => name)).toEqual(['id', '', 'a'])
    expect(described.columns[0]!.expression).toContain('`c0`')
    expect(calls.map(({ withColumns }) => withColumns)).toEqual([true, true, true])
    expect(calls.at(-1)!.sql).toBe('WITH carryout (c0, c1, c2) AS ( SELECT 1 ) SELECT * FROM carryout LIMIT 0')
  })

  it('that are renamed and still refused are an error', async () => {
    const refused = () => {
      throw serverError(1060)
    }
    await expect(given({ names: ['id', 'b'] }, refused)).rejects.toThrow(QueryFailed)
  })

  it('are read twice where the server takes a query with a limit for a derived table', async () => {
    const query = sql`SELECT 1, 1 LIMIT 5`
    for (const [errno, expected] of [
      [1060, 2],
      [1146, 1],
    ] as const) {
      const { api, calls } = givenApi(({ sql: statement }) => {
        if (!statement.includes('UNION ALL')) throw serverError(errno)
        return columnsAre({ label: '1' }, { label: '1' })
      })
      const names = namesOf(api, rangeQuery({ query }), never)
      if (expected === 2) expect(await names).toEqual(['1', '1'])
      else await expect(names).rejects.toThrow('1146')
      expect(calls).toHaveLength(expected)
    }
    expect(await namesOf(givenApi(() => ({})).api, rangeQuery({ query }), never)).toEqual([])
  })
})

describe('the key', () => {
  const keyed = (collation: string, version: string, metadata: object = VARCHAR) => {
    return ({ sql: statement }: Call) =>
      statement.includes('COLLATION(')
        ? { records: [[text(collation), text(version)]] }
        : columnsAre({ label: 'n', ...INT }, { label: 'id', ...metadata })
  }

  it('that is a text has a collation, in which the server must sort as it compares', async () => {
    expect((await given({}, keyed('utf8mb4_bin', '8.0.39'))).described.collation).toBe('utf8mb4_bin')
    await expect(given({}, keyed('big5_chinese_ci', '8.0.39'))).rejects.toThrow(KeyNotUnique)
    expect((await given({}, keyed('utf8mb4_nopad_bin', '8.0.39'))).described.collation).toBe('utf8mb4_nopad_bin')
    await expect(given({}, keyed('utf8mb4_nopad_bin', '11.8.2-MariaDB'))).rejects.toThrow(KeyNotUnique)
  })

  it('that is a text may have several levels if its length is limited', async () => {
    const levels = 'utf8mb4_uca1400_as_cs'
    expect((await given({}, keyed(levels, '11.8.2-MariaDB'))).described.collation).toBe(levels)
    const long = keyed(levels, '11.8.2-MariaDB', { typeName: 'LONGTEXT', precision: 2 ** 31 })
    await expect(given({}, long)).rejects.toThrow(KeyNotUnique)
  })

  it('that is not a text has none', async () => {
    const { described, calls } = await given({}, keyed('big5_chinese_ci', '8.0.39', INT))
    expect([described.collation, calls.length]).toEqual([null, 1])
    expect((await given({ key: 'other' }, keyed('big5_chinese_ci', '8.0.39'))).described.collation).toBeNull()
    expect((await given({ key: null }, keyed('big5_chinese_ci', '8.0.39'))).described.collation).toBeNull()
  })

  it('of which the server says nothing has a collation without a name', async () => {
    for (const records of [undefined, [], [[]]]) {
      const { described } = await given({}, ({ sql: statement }) =>
        statement.includes('COLLATION(') ? { records } : columnsAre({ label: 'id', ...VARCHAR }),
      )
      expect(described.collation).toBe('')
    }
  })

  it('is found among the query’s own names if they are given', async () => {
    const names = ['id', 'a']
    const answer = ({ sql: statement }: Call) =>
      statement.includes('COLLATION(')
        ? { records: [[text('utf8mb4_bin'), text('8.0.39')]] }
        : columnsAre({ label: 'c0', ...VARCHAR }, { label: 'id', ...INT })
    expect((await given({ names }, answer)).described.collation).toBe('utf8mb4_bin')
  })
})

describe('a TINYINT(1), which the Data API calls BIT,', () => {
  it('is told from a BIT by the sign of its sum', async () => {
    const { described, calls } = await given({}, ({ sql: statement }) =>
      statement.includes(' + 0')
        ? columnsAre({ typeName: 'BIGINT', isSigned: false }, { typeName: 'DECIMAL', isSigned: true })
        : columnsAre({ label: 'id', ...INT }, { label: 'bit', ...BIT }, { label: 'yes', ...BIT }),
    )
    expect(described.columns.map(({ kind }) => kind)).toEqual(['integer', 'bit', 'integer'])
    expect(calls[1]!.sql).toContain('SELECT carryout.`bit` + 0, carryout.`yes` + 0 FROM')
    expect(calls[1]!.withColumns).toBe(true)
  })

  it('has only one bit, or an unknown number of them', async () => {
    const sum = ({ sql: statement }: Call) => statement.includes(' + 0')
    for (const [precision, kind, asked] of [
      [2, 'bit', 1],
      [1, 'integer', 2],
      [undefined, 'integer', 2],
    ] as const) {
      const { described, calls } = await given({}, (call) =>
        sum(call) ? columnsAre({ typeName: 'INT' }) : columnsAre({ label: 'yes', ...BIT, precision }),
      )
      expect([described.columns[0]!.kind, calls.length]).toEqual([kind, asked])
    }
    const unknown = await given({}, (call) => (sum(call) ? {} : columnsAre({ label: 'yes', ...BIT })))
    expect(unknown.described.columns[0]!.kind).toBe('integer')
  })
})

describe('a refusal', () => {
  it('of a query that writes its result says so', async () => {
    const query = sql`SELECT 1 INTO @a`
    for (const errno of [1064, 3954]) {
      const refused = given({ query }, () => {
        throw serverError(errno)
      })
      await expect(refused).rejects.toThrow('The query writes its result (INTO)')
    }
    const otherwise = given({ query }, () => {
      throw serverError(1146)
    })
    await expect(otherwise).rejects.toThrow('error 1146')
  })

  it('does not quote the query’s values', async () => {
    const query = sql`SELECT ${'secret'}`
    for (const errno of [1146, 1045]) {
      const error = await given({ query }, ({ sql: statement }) => {
        if (statement === 'SELECT 1') return {}
        throw serverError(errno, "wrong 'secret'")
      }).catch((reason) => reason)
      expect(error).toBeInstanceOf(QueryFailed)
      expect(error.message).not.toContain('secret')
    }
  })

  it('of a log-in is one of the database, but of a view’s definer one of the query', async () => {
    for (const [canLogIn, expected] of [
      [false, DatabaseUnavailable],
      [true, QueryFailed],
    ] as const) {
      const refused = given({}, ({ sql: statement }) => {
        if (statement === 'SELECT 1' && canLogIn) return {}
        throw serverError(1045, 'Access denied')
      })
      await expect(refused).rejects.toThrow(expected)
    }
  })
})

function rangeQuery(more: Partial<RangeQuery>): RangeQuery {
  return { query: sql`SELECT 1`, key: 'id', after: null, upTo: null, timeZone: null, ...more }
}

async function given(more: Partial<RangeQuery>, answer: (call: Call) => unknown, signal = never) {
  const { api, calls } = givenApi(answer)
  return { described: await describeQuery(api, rangeQuery(more), signal), calls }
}
