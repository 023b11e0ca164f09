/** How keys in memory are divided into ranges, and what is done if that fails. */
import { defineCatalogue, defineExport, type ExportDefinition, sql } from '../../engine/catalogue.ts'
import { type PlanRangesOptions, planRanges } from '../../engine/plan-ranges.ts'
import { prepare } from '../../engine/prepare.ts'
import type { KeySpace, Source } from '../../engine/sources/source.ts'
import type { Range } from '../../statemachine/contract.ts'
import { DatabaseUnavailable, QueryFailed } from '../../statemachine/errors.ts'
import { requestFor } from './harness.ts'
import { isMemberEnd, Keys, memberEndFrom, upTo } from './keys/keys.ts'

const COMPRESSED = { compressions: ['gzip'] } satisfies Partial<ExportDefinition>

describe('an export', () => {
  it('is divided at the keys up to which there is about the same share of its rows', async () => {
    const keys = new Keys(upTo(1_000))
    const histogram = (await keys.histogram(4))!
    const [one, two, three] = [0.25, 0.5, 0.75].map((share) => histogram.keyAt(share))
    const { plan, ranges } = await planned(keys, { parallelism: 4 })
    expect(plan.estimatedRows).toBe(1_000)
    expect(ranges).toMatchObject([
      { index: 0, after: null, upTo: one, estimatedRows: 250, chunks: 0, cursor: null },
      { index: 1, after: one, upTo: two, estimatedRows: 250 },
      { index: 2, after: two, upTo: three, estimatedRows: 250 },
      { index: 3, after: three, upTo: null, estimatedRows: 250 },
    ])
  })

  it('has the estimated rows of each range, even if one is larger', async () => {
    const { ranges } = await planned(new Keys([...upTo(8), '9000'], { estimate: () => 9 }), { parallelism: 4 })
    expect(ranges).toMatchObject([{ upTo: null, estimatedRows: 9 }])
  })

  it.each<[string, Partial<ExportDefinition>, Partial<Source>]>([
    ['of one range', { parallelism: 1 }, {}],
    ['without a key', { key: undefined, parallelism: 1 }, {}],
    ['from a source that cannot look at keys', { parallelism: 4 }, { keySpace: undefined }],
  ] as never)('%s is left as it is', async (_, definition, source) => {
    const { input, plan } = given(new Keys(upTo(1_000)), definition, source)
    expect(await plan()).toBe(input)
  })

  it('without an estimate is one range', async () => {
    const { plan, ranges } = await planned(new Keys(upTo(1_000), { estimate: () => null }), { parallelism: 4 })
    expect(plan.estimatedRows).toBeNull()
    expect(ranges).toMatchObject([{ index: 0, after: null, upTo: null, estimatedRows: null }])
  })

  it.each([0, 1, 2, 3])('of %i rows has no empty range', async (count) => {
    const { ranges } = await planned(new Keys(upTo(count)), { parallelism: 10 })
    expect(ranges.length).toBeLessThanOrEqual(Math.max(1, count))
    expect(new Set(borders(ranges)).size).toBe(ranges.length - 1)
    expect(borders(ranges)).not.toContain(String(count))
  })
})

describe('keys whose distribution is not known', () => {
  const unknown = (values: string[]) => new Keys(values, { estimate: () => values.length })

  it('are divided evenly by value, at keys that exist', async () => {
    const tens = upTo(100).map((value) => `${value}0`)
    expect(borders((await planned(unknown(tens), { parallelism: 4 })).ranges)).toEqual(['260', '510', '760'])
  })

  it('have a border only once, and never at the last key', async () => {
    expect(borders((await planned(unknown(['1', '900', '1000']), { parallelism: 4 })).ranges)).toEqual(['900'])
    expect(borders((await planned(unknown(['1', '2', '1000']), { parallelism: 4 })).ranges)).toEqual([])
  })
})

describe('a compressed export', () => {
  const mark = memberEndFrom(10_000)
  const around = (before: number, after: number) =>
    Array.from({ length: before + after + 1 }, (_, at) => mark - before + at).map(String)
  const others = (from: number, count: number) =>
    Array.from({ length: count }, (_, at) => from + at)
      .filter((value) => !isMemberEnd(value))
      .map(String)

  it('is divided at a key that ends a member: the one in the middle, or the next', async () => {
    expect(borders((await planned(new Keys(around(1_001, 999)), { parallelism: 2, ...COMPRESSED })).ranges)).toEqual([
      String(mark),
    ])
    expect(borders((await planned(new Keys(around(1_500, 500)), { parallelism: 2, ...COMPRESSED })).ranges)).toEqual([
      String(mark),
    ])
  })

  it('is divided at a key that is further away than one page of keys', async () => {
    const far = memberEndFrom(20_000)
    const keys = new Keys([...others(far - 19_000, 20_000), String(far)])
    expect(borders((await planned(keys, { parallelism: 2, ...COMPRESSED })).ranges)).toEqual([String(far)])
  })

  it('is one range if no key after the middle ends a member', async () => {
    const keys = new Keys([String(mark), ...others(mark + 1, 2_000)].concat(String(mark - 1)))
    expect((await planned(keys, { parallelism: 2, ...COMPRESSED })).ranges).toHaveLength(1)
  })
})

describe('planning that fails', () => {
  const refusing = (message: string) =>
    new Keys(upTo(1_000), {
      estimate: () => {
        throw new QueryFailed(message)
      },
    })

  it('leaves one range and says why, if the database refuses it', async () => {
    const { input, plan, warned, closed } = given(refusing('EXPLAIN is refused'), { parallelism: 4 })
    expect(await plan()).toBe(input)
    expect(warned).toEqual([
      'The database refused to plan the ranges of given, so it is exported in one range: EXPLAIN is refused',
    ])
    expect(closed()).toBe(1)
  })

  it.each([1267, 3854, 3988])('says what may help against error %i of the database', async (code) => {
    const { plan, warned } = given(refusing(`The server answered with error ${code} (HY000)`), { parallelism: 4 })
    await plan()
    expect(warned).toEqual([expect.stringMatching(/^The character set of the keys of given lacks the texts between/)])
  })

  it('fails the export if the query itself is refused, or the database is gone', async () => {
    const first = given(new Keys(upTo(9)), { parallelism: 4 }, {}, { keys: failing(new QueryFailed('no such table')) })
    await expect(first.plan()).rejects.toThrow('no such table')
    const gone = { estimate: failing(new DatabaseUnavailable('gone')) }
    const second = given(new Keys(upTo(9)), { parallelism: 4 }, {}, gone)
    await expect(second.plan()).rejects.toThrow('gone')
    expect([first.closed(), second.closed(), first.warned, second.warned]).toEqual([1, 1, [], []])
  })

  it('leaves one range and says why, if it takes too long', async () => {
    const { input, plan, warned } = given(new Keys(upTo(9)), { parallelism: 4 }, { keySpace: untilAborted })
    expect(await plan({ limitMillis: 10 })).toBe(input)
    expect(warned).toEqual([
      'The keys of given could not be divided within 0.01 s, so it is exported in one range. An index on its key may help',
    ])
  })

  it('fails with the reason for which it is stopped', async () => {
    const { plan, warned } = given(new Keys(upTo(9)), { parallelism: 4 }, { keySpace: untilAborted })
    const stopped = plan({ signal: AbortSignal.abort(new DatabaseUnavailable('stopped')) })
    await expect(stopped).rejects.toThrow('stopped')
    // An error of the database that comes of the stop does not count.
    const late = given(refusing('the query was killed'), { parallelism: 4 })
    const stop = new AbortController()
    const planning = late.plan({ signal: stop.signal })
    stop.abort(new DatabaseUnavailable('stopped'))
    await expect(planning).rejects.toThrow('stopped')
    expect([...warned, ...late.warned]).toEqual([])
  })
})

const borders = (ranges: readonly Range[]) => ranges.slice(0, -1).map((range) => range.upTo!.value)
const failing = (error: Error) => async () => {
  throw error
}

function untilAborted(_: unknown, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason))
  })
}

function planned(keys: Keys, definition: Partial<ExportDefinition>) {
  return given(keys, definition).plan()
}

/** @param space overrides methods of the key space */
function given(
  keys: Keys,
  more: Partial<ExportDefinition>,
  source: Partial<Source> = {},
  space: Partial<KeySpace> = {},
) {
  const definition = defineExport({
    ...{ name: 'given', title: 'Given', columns: { id: 'Id' }, key: 'id', query: () => sql`SELECT id FROM numbers` },
    ...more,
  })
  const catalogue = defineCatalogue([definition])
  const input = prepare(requestFor(definition), { catalogue, now: new Date() })
  const warned: string[] = []
  let closed = 0
  const keySpace = async () => ({
    keys: keys.keys.bind(keys),
    estimate: keys.estimate.bind(keys),
    close: async () => void closed++,
    ...space,
  })
  const plan = (options: Partial<PlanRangesOptions> = {}) =>
    planRanges(input, {
      ...{ catalogue, source: { keySpace, ...source } as unknown as Source },
      ...{ signal: new AbortController().signal, warn: (message: string) => void warned.push(message) },
      ...options,
    })
  return { input, plan, warned, closed: () => closed }
}
