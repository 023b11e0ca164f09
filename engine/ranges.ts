/**
 * Divides an export into ranges of its key space that hold about as many rows each. Only indexes are asked: a key is
 * proposed by its value, the optimizer says how many rows lie on either side of it, and the next key that exists becomes
 * the border. Never OFFSET, which would count through half of the table.
 */
import type { Cursor, Plan, Prepared, Range, Request } from '../statemachine/contract.ts'
import type { Catalogue } from './catalogue.ts'
import { axisBetween, type KeyAxis } from './key-axis.ts'
import { endsMember } from './member.ts'
import { parseParams } from './prepare.ts'
import type { KeySpace, Source } from './source.ts'

export interface PlanRangesInput {
  request: Request
  plan: Plan
  /** As `prepare` made it: one, over all keys. */
  ranges: Range[]
}

export interface PlanRangesOptions {
  catalogue: Catalogue
  source: Source
  /** Ends planning's query on the server and fails it with its reason. */
  signal: AbortSignal
  /** When planning takes longer, the export stays in one range: whole, if not as fast. */
  limitMillis?: number
  /** Why the export stays in one range. */
  onUndivided?: (reason: string) => void
}

const LIMIT_MILLIS = 30_000
/** Proposals for one border; a table with even keys needs two. */
const PROPOSALS = 16
/** A border may be off by this share of a range. */
const TOLERANCE = 0.1
/** Keys looked through at once for one that ends a member of a compressed file: one in 4096 does. */
const PAGE_KEYS = 8192
const PAGES = 4

/** @returns the document with its ranges and the estimate of their rows. Throws as a source does. */
export async function planRanges(input: PlanRangesInput, options: PlanRangesOptions): Promise<Prepared> {
  const { request, plan } = input
  const { catalogue, source, signal, limitMillis = LIMIT_MILLIS, onUndivided } = options
  const definition = catalogue.get(request.export)
  const [whole] = input.ranges
  if (plan.parallelism === 1 || definition.key === null || !source.keySpace || !whole) return input
  const query = {
    query: definition.query(parseParams(definition, request.params) as never),
    key: definition.key,
    timeZone: definition.timeZone,
  }
  const late = AbortSignal.timeout(limitMillis)
  let space: KeySpace | null = null
  try {
    space = await source.keySpace(query, AbortSignal.any([signal, late]))
    const borders = await new Borders(space, plan.compression !== 'none').find(plan.parallelism)
    const ranges = await rangesBetween(borders, whole, space)
    return { request, plan: { ...plan, estimatedRows: sumOf(ranges) }, ranges }
  } catch (error) {
    signal.throwIfAborted()
    if (!late.aborted) throw error
    onUndivided?.(`its key space could not be divided within ${limitMillis / 1000} s; an index on its key may help`)
    return input
  } finally {
    await space?.close()
  }
}

async function rangesBetween(borders: readonly Cursor[], whole: Range, space: KeySpace): Promise<Range[]> {
  const ranges: Range[] = []
  for (let index = 0; index <= borders.length; index++) {
    const bounds = { after: borders[index - 1] ?? null, upTo: borders[index] ?? null }
    ranges.push({ ...whole, ...bounds, index, chunks: [], estimatedRows: await space.estimate(bounds) })
  }
  return ranges
}

function sumOf(ranges: readonly Range[]): number | null {
  const known = ranges.flatMap(({ estimatedRows }) => estimatedRows ?? [])
  return known.length > 0 ? known.reduce((sum, rows) => sum + rows, 0) : null
}

/** A place on the axis, and which share of all keys lies up to it. */
interface Point {
  at: bigint
  share: number
}

class Borders {
  readonly #space: KeySpace
  readonly #endMembers: boolean
  /** All keys, as the optimizer sees them. */
  #total = 0

  /** @param endMembers whether only a key that ends a member of a compressed file may be a border */
  constructor(space: KeySpace, endMembers: boolean) {
    this.#space = space
    this.#endMembers = endMembers
  }

  /** Up to `count` - 1 keys that exist, in their order; the last key is none of them, so no range is empty. */
  async find(count: number): Promise<Cursor[]> {
    const all = { after: null, upTo: null }
    const [first] = await this.#space.keys(all, 1, 'first')
    const [last] = await this.#space.keys(all, 1, 'last')
    const axis = first && last ? axisBetween(first, last) : null
    if (!axis || !last) return []
    this.#total = (await this.#space.estimate(all)) ?? 0
    const counted = await this.#seesBounds(axis)
    const borders: Cursor[] = []
    let from: Point = { at: axis.first, share: 0 }
    for (let index = 1; index < count; index++) {
      const target = index / count
      from = counted
        ? await this.#search(axis, from, target, TOLERANCE / count)
        : { at: between(axis.first, axis.last, target), share: target }
      const border = await this.#keyNear(axis.at(from.at), borders.at(-1) ?? null, last)
      if (border) borders.push(border)
    }
    return borders
  }

  /** A query that is put together before it is cut (GROUP BY) has the same estimate wherever it is cut. */
  async #seesBounds(axis: KeyAxis): Promise<boolean> {
    const middle = axis.at(between(axis.first, axis.last, 0.5))
    const below = (await this.#space.estimate({ after: null, upTo: middle })) ?? 0
    const above = (await this.#space.estimate({ after: middle, upTo: null })) ?? 0
    return this.#total > 0 && below + above < 1.8 * this.#total
  }

  /** Closes in on the place that a share of the keys lies up to: by proportion, and every other time by halves. */
  async #search(axis: KeyAxis, from: Point, target: number, tolerance: number): Promise<Point> {
    let low = from
    let high: Point = { at: axis.last, share: 1 }
    let best = low
    for (let proposal = 0; proposal < PROPOSALS && high.at - low.at > 1n; proposal++) {
      const proportion = proposal % 2 === 0 ? (target - low.share) / (high.share - low.share) : 0.5
      const at = clamp(between(low.at, high.at, proportion), low.at + 1n, high.at - 1n)
      const point = { at, share: await this.#shareUpTo(axis.at(at)) }
      if (Math.abs(point.share - target) < Math.abs(best.share - target)) best = point
      if (Math.abs(point.share - target) <= tolerance) break
      if (point.share < target) low = point
      else high = point
    }
    return best
  }

  /** From the smaller side, since InnoDB never guesses that more than half of a table is meant. */
  async #shareUpTo(key: Cursor): Promise<number> {
    const below = (await this.#space.estimate({ after: null, upTo: key })) ?? 0
    const above = (await this.#space.estimate({ after: key, upTo: null })) ?? 0
    const smaller = Math.min(below, above) / Math.max(this.#total, below, above, 1)
    return below <= above ? smaller : 1 - smaller
  }

  /** The first key behind a place that may be a border: behind the border before, and not the last key of all. */
  async #keyNear(place: Cursor, before: Cursor | null, last: Cursor): Promise<Cursor | null> {
    let after = place
    for (let page = 0; page < (this.#endMembers ? PAGES : 1); page++) {
      const keys = await this.#space.keys({ after, upTo: last }, this.#endMembers ? PAGE_KEYS : 1, 'first')
      const found = this.#endMembers ? keys.find(isMark) : keys[0]
      if (found) return found.value !== last.value && (await this.#isBehind(found, before)) ? found : null
      if (keys.length < PAGE_KEYS) return null
      after = keys.at(-1)!
    }
    return null
  }

  /** As the database orders them, which is not as the axis does where letters are sorted by a collation. */
  async #isBehind(key: Cursor, before: Cursor | null): Promise<boolean> {
    if (before === null) return true
    return (await this.#space.keys({ after: before, upTo: key }, 1, 'first')).length > 0
  }
}

function isMark({ type, value }: Cursor): boolean {
  const bytes = Buffer.from(value, type === 'binary' ? 'base64' : 'utf8')
  return endsMember(bytes, 0, bytes.length)
}

const SHARES = 1_000_000

function between(low: bigint, high: bigint, share: number): bigint {
  return low + ((high - low) * BigInt(Math.round(share * SHARES))) / BigInt(SHARES)
}

function clamp(value: bigint, least: bigint, most: bigint): bigint {
  return value < least ? least : value > most ? most : value
}
