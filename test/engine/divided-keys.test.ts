/** How keys are divided into ranges, by a key space in memory. */
import { defineCatalogue, defineExport, type ExportDefinition, sql } from '../../engine/catalogue.ts'
import { endsMember } from '../../engine/keys/member.ts'
import { type PlanRangesOptions, planRanges } from '../../engine/plan-ranges.ts'
import { prepare } from '../../engine/prepare.ts'
import type { KeyBounds, Source } from '../../engine/sources/source.ts'
import type { Cursor, Prepared } from '../../statemachine/contract.ts'
import { DatabaseUnavailable, QueryFailed } from '../../statemachine/errors.ts'
import { requestFor } from './harness.ts'

const never = new AbortController().signal
const numbers = (count: number, each: (index: number) => number = (index) => index) =>
  Array.from({ length: count }, (_, index) => each(index))

describe('keys', () => {
  it('are divided into ranges that follow one another, with about the same number of rows', async () => {
    const { planned } = given(numbers(10_000))
    const { plan, ranges } = await planned()
    expect(plan.estimatedRows).toBe(10_000)
    expect(ranges.map(({ index }) => index)).toEqual([0, 1, 2, 3])
    expect(ranges[0]!.after).toBeNull()
    expect(ranges.at(-1)!.upTo).toBeNull()
    for (const [index, range] of ranges.slice(1).entries()) expect(range.after).toEqual(ranges[index]!.upTo)
    for (const { estimatedRows } of ranges) expect(estimatedRows).toBe(2500)
    for (const rows of rowsIn(numbers(10_000), ranges)) expect(Math.abs(rows - 2500)).toBeLessThan(300)
  })

  it('are divided by their distribution, of which half may be in one place', async () => {
    const keys = numbers(10_000, (index) => (index < 9000 ? index : index * 1_000_000))
    const { ranges } = await given(keys).planned()
    for (const rows of rowsIn(keys, ranges)) expect(rows).toBeLessThan(3500)
  })

  it('are divided evenly by value, at keys that exist, if the database estimates as many between any two', async () => {
    const keys = numbers(1000, (index) => index * 10)
    const { plan, ranges } = await given(keys, { estimate: async () => 5000 }).planned()
    expect(plan.estimatedRows).toBe(5000)
    expect(ranges.map(({ estimatedRows }) => estimatedRows)).toEqual([1250, 1250, 1250, 1250])
    const borders = ranges.slice(0, -1).map(({ upTo }) => Number(upTo!.value))
    expect(borders.map((border) => Math.round(border / 100))).toEqual([25, 50, 75])
    expect(borders.filter((border) => !keys.includes(border))).toEqual([])
  })

  it('have no estimate if the database has none', async () => {
    const { plan, ranges } = await given(numbers(1000), { estimate: async () => null }).planned()
    expect([plan.estimatedRows, ...new Set(ranges.map(({ estimatedRows }) => estimatedRows))]).toEqual([null, null])
  })

  it('are one range if there is none, or only one, of which the database is asked no more', async () => {
    for (const count of [0, 1]) {
      const { planned, asked } = given(numbers(count))
      const { plan, ranges } = await planned()
      expect(ranges).toMatchObject([{ after: null, upTo: null, estimatedRows: count }])
      expect(plan.estimatedRows).toBe(count)
      expect(asked).toEqual(count === 0 ? ['first', 'estimate', 'close'] : ['first', 'estimate', 'last', 'close'])
    }
  })

  it('have no empty range', async () => {
    const { ranges } = await given([1, 2, 3], { parallelism: 10 }).planned()
    expect(ranges.length).toBeLessThanOrEqual(3)
    expect(Math.min(...rowsIn([1, 2, 3], ranges))).toBeGreaterThan(0)
  })
})

describe('the ranges of a compressed file', () => {
  const gzip = { compressions: ['gzip'] } as const
  it.each(['integer', 'binary'] as const)('end where its members end, with a key of type %s', async (type) => {
    const { ranges } = await given(numbers(60_000), { ...gzip, type }).planned()
    expect(ranges.length).toBeGreaterThan(1)
    for (const { upTo } of ranges.slice(0, -1)) expect(isMark(upTo!)).toBe(true)
  })

  it('end at a member that ends thousands of keys behind the place', async () => {
    const plain = numbers(60_000).filter((key) => !isMark(cursorOf('integer', key)))
    const mark = numbers(60_000).find((key) => key > 41_000 && isMark(cursorOf('integer', key)))!
    const keys = [...plain, mark].sort((one, other) => one - other)
    const { ranges } = await given(keys, { ...gzip, parallelism: 2 }).planned()
    expect(ranges.map(({ upTo }) => upTo?.value)).toEqual([String(mark), undefined])
  })

  it('are one if no member ends near the place', async () => {
    for (const count of [3000, 60_000]) {
      const plain = numbers(count).filter((key) => !isMark(cursorOf('integer', key)))
      expect((await given(plain, { ...gzip, parallelism: 2 }).planned()).ranges).toHaveLength(1)
    }
  })
})

describe('planning', () => {
  it('is left out for one range, without a key, and if the source cannot do it', async () => {
    for (const change of [{ parallelism: 1 }, { parallelism: 1, key: undefined }, { keySpace: undefined }]) {
      const { prepared, planned, asked } = given(numbers(100), change)
      expect(await planned()).toBe(prepared)
      expect(asked).toEqual([])
    }
  })

  it('fails if the query is wrong, and leaves one range if only planning it is refused', async () => {
    const refused = async () => {
      throw new QueryFailed('it is refused')
    }
    const wrong = given(numbers(100), { keys: refused })
    await expect(wrong.planned()).rejects.toThrow('it is refused')
    expect(wrong.asked).toEqual(['close'])
    const { prepared, planned, warnings, asked } = given(numbers(100), { estimate: refused })
    expect(await planned()).toBe(prepared)
    expect(warnings).toEqual([
      'The database refused to plan the ranges of given, so it is exported in one range: it is refused',
    ])
    expect(asked.at(-1)).toBe('close')
  })

  it('tells what helps if the keys’ character set lacks a text between them', async () => {
    const estimate = async () => {
      throw new QueryFailed('The database refused the query (error 1267): words')
    }
    const { planned, warnings } = given(numbers(100), { estimate })
    await planned()
    expect(warnings).toEqual([expect.stringContaining('A key in utf8mb4 or ASCII may help')])
  })

  it('fails if the database is gone in between', async () => {
    const estimate = async () => {
      throw new DatabaseUnavailable('the connection broke')
    }
    await expect(given(numbers(100), { estimate }).planned()).rejects.toThrow('the connection broke')
  })

  it('that takes too long leaves one range', async () => {
    const keySpace: Source['keySpace'] = (_, signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const { prepared, planned, warnings } = given(numbers(100), { keySpace })
    expect(await planned({ limitMillis: 20 })).toBe(prepared)
    expect(warnings).toEqual([expect.stringContaining('given could not be divided within 0.02 s, so')])
  })

  it('that is stopped fails with the reason, whatever the database answers', async () => {
    const stop = new AbortController()
    const estimate = async () => {
      stop.abort(new Error('stopped'))
      throw new QueryFailed('interrupted')
    }
    const { planned, warnings } = given(numbers(100), { estimate })
    await expect(planned({ signal: stop.signal })).rejects.toThrow('stopped')
    expect(warnings).toEqual([])
  })
})

type Type = 'integer' | 'binary'

function cursorOf(type: Type, key: number): Cursor {
  if (type === 'integer') return { type, value: String(key) }
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(key)
  return { type, value: bytes.toString('base64') }
}

function numberOf({ type, value }: Cursor): number {
  if (type === 'integer') return Number(value)
  return Buffer.concat([Buffer.from(value, 'base64'), Buffer.alloc(4)]).readUInt32BE()
}

function isMark({ type, value }: Cursor): boolean {
  const bytes = Buffer.from(value, type === 'binary' ? 'base64' : 'utf8')
  return endsMember(bytes, 0, bytes.length)
}

function rowsIn(keys: readonly number[], ranges: Prepared['ranges']): number[] {
  return ranges.map((range) => keysWithin(keys, range).length)
}

function keysWithin(keys: readonly number[], { after, upTo }: KeyBounds): number[] {
  return keys.slice(after ? countUpTo(keys, numberOf(after)) : 0, upTo ? countUpTo(keys, numberOf(upTo)) : keys.length)
}

function countUpTo(keys: readonly number[], most: number): number {
  let [from, to] = [0, keys.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (keys[middle]! <= most) from = middle + 1
    else to = middle
  }
  return from
}

/** An export whose key has these values. */
function given(
  values: readonly number[],
  change: Partial<ExportDefinition> & {
    type?: Type
    estimate?: () => Promise<number | null>
    keys?: () => Promise<Cursor[]>
    keySpace?: Source['keySpace'] | undefined
  } = {},
) {
  const { type = 'integer', estimate, keys, ...more } = change
  const { keySpace: _, ...definition } = {
    ...{ name: 'given', title: 'Given', key: 'id', columns: { id: 'id' }, parallelism: 4 },
    query: () => sql`SELECT id FROM numbers`,
    ...more,
  }
  const catalogue = defineCatalogue([defineExport(definition as ExportDefinition)])
  const prepared = prepare(requestFor(catalogue.get('given')), { catalogue, now: new Date() })
  const asked: string[] = []
  const warnings: string[] = []
  const space = {
    async keys(bounds: KeyBounds, limit: number, end: 'first' | 'last') {
      if (keys) return keys()
      asked.push(end)
      const found = keysWithin(values, bounds)
      const some = end === 'first' ? found.slice(0, limit) : found.reverse().slice(0, limit)
      return some.map((key) => cursorOf(type, key))
    },
    async estimate(bounds: KeyBounds) {
      asked.push('estimate')
      return estimate ? estimate() : keysWithin(values, bounds).length
    },
    close: async () => void asked.push('close'),
  }
  const source = ('keySpace' in change ? { keySpace: change.keySpace } : { keySpace: async () => space }) as Source
  const options = { catalogue, source, signal: never, warn: (message: string) => void warnings.push(message) }
  return {
    prepared,
    asked,
    warnings,
    planned: (other: Partial<PlanRangesOptions> = {}) => planRanges(prepared, { ...options, ...other }),
  }
}
