/**
 * Divides an export into ranges of its key space with about the same number of rows each. It asks only indexes: the
 * optimizer estimates how many rows lie between two values, and where a range should end, the next existing key becomes
 * its border. It never uses OFFSET, which would count through half of the table.
 */
import type { Cursor, Plan, Prepared, Range, Request } from '../statemachine/contract.ts'
import { QueryFailed } from '../statemachine/errors.ts'
import type { Catalogue } from './catalogue.ts'
import { Histogram } from './keys/histogram.ts'
import { axesBetween } from './keys/key-axis.ts'
import { endsMember } from './keys/member.ts'
import { type OnThrown, queryOf } from './plan/query.ts'
import type { KeyBounds, KeySpace, Source } from './sources/source.ts'

export interface PlanRangesInput {
  request: Request
  plan: Plan
  /** The single range over all keys that `prepare` made. */
  ranges: Range[]
}

export interface PlanRangesOptions {
  catalogue: Catalogue
  source: Source
  /** When aborted, ends planning's query on the server and fails it with the signal's reason. */
  signal: AbortSignal
  /** If planning takes longer than this, the export keeps its one range: it is complete, but slower. */
  limitMillis?: number
  /** Called with anything that an operator should know although nothing failed. */
  warn?: (message: string) => void
  /** See `ExportChunkOptions`. */
  onThrown?: OnThrown | undefined
}

const LIMIT_MILLIS = 30_000
const ALL: KeyBounds = { after: null, upTo: null }
/**
 * The server's errors for a proposed key with characters that the column's character set lacks. MySQL has error numbers
 * of its own for it.
 */
const MIXED_CHARSETS = /\berror (?:1267|3854|3988)\b/
/** Keys read at once in search of one that ends a member of a compressed file, which one in 4096 does. */
const PAGE_KEYS = 8192
const PAGES = 4

/** Returns the document with its ranges and their estimated rows. Throws as a source does. */
export async function planRanges(input: PlanRangesInput, options: PlanRangesOptions): Promise<Prepared> {
  const { request, plan } = input
  const { catalogue, source, signal, limitMillis = LIMIT_MILLIS, warn, onThrown } = options
  const definition = catalogue.get(request.export)
  const [whole] = input.ranges
  if (plan.parallelism === 1 || definition.key === null || !source.keySpace || !whole) return input
  const query = {
    query: queryOf(definition, request, onThrown),
    key: definition.key,
    timeZone: definition.timeZone,
  }
  const late = AbortSignal.timeout(limitMillis)
  let space: KeySpace | null = null
  let works = false
  try {
    space = await source.keySpace(query, AbortSignal.any([signal, late]))
    const [first] = await space.keys(ALL, 1, 'first')
    works = true
    return { request, ...(await divide(plan, whole, space, first)) }
  } catch (error) {
    signal.throwIfAborted()
    // A query that has returned a key is valid, so only planning was refused.
    const refused = works && error instanceof QueryFailed ? error : null
    if (!late.aborted && !refused) throw error
    warn?.(
      refused
        ? whyRefused(definition.name, refused)
        : `The keys of ${definition.name} could not be divided within ${limitMillis / 1000} s, so it is exported in one range. An index on its key may help`,
    )
    return input
  } finally {
    await space?.close()
  }
}

function whyRefused(name: string, { message }: QueryFailed): string {
  return MIXED_CHARSETS.test(message)
    ? `The character set of the keys of ${name} lacks the texts between them, so it is exported in one range. A key in utf8mb4 or ASCII may help`
    : `The database refused to plan the ranges of ${name}, so it is exported in one range: ${message}`
}

/** The key at which a range ends, and the share of all rows up to it. */
interface Border {
  key: Cursor
  share: number
}

async function divide(
  plan: Plan,
  whole: Range,
  space: KeySpace,
  first: Cursor | undefined,
): Promise<{ plan: Plan; ranges: Range[] }> {
  const estimatedRows = await space.estimate(ALL)
  const borders = first ? await findBorders(space, plan, { first, total: estimatedRows ?? 0 }) : []
  const ranges: Range[] = []
  let before: Border | null = null
  for (const border of [...borders, null]) {
    const share = (border?.share ?? 1) - (before?.share ?? 0)
    const rows = estimatedRows === null ? null : Math.round(share * estimatedRows)
    const bounds = { after: before?.key ?? null, upTo: border?.key ?? null }
    ranges.push({ ...whole, ...bounds, index: ranges.length, estimatedRows: rows })
    before = border
  }
  return { plan: { ...plan, estimatedRows }, ranges }
}

/** Returns up to `parallelism` - 1 existing keys in order. The last key is never among them, so no range is empty. */
async function findBorders(
  space: KeySpace,
  { parallelism, compression }: Plan,
  { first, total }: { first: Cursor; total: number },
): Promise<Border[]> {
  const [last] = await space.keys(ALL, 1, 'last')
  if (!last) return []
  const histogram = await Histogram.of(space, { first, last, total, ranges: parallelism })
  const [axis] = axesBetween(first, last)
  const borders: Border[] = []
  for (let index = 1; index < parallelism; index++) {
    const share = index / parallelism
    // If the distribution of the keys is unknown, they are divided evenly by value.
    const place = histogram ? histogram.keyAt(share) : axis?.at(share)
    const key = place && (await borderAt(space, place, last, { exists: histogram !== null, compression }))
    if (key && key.value !== last.value && (await isBehind(space, key, borders.at(-1)?.key)))
      borders.push({ key, share })
  }
  return borders
}

/**
 * Returns the first key from a place on. In a compressed file it is the first one that ends a member, unless that is
 * too far away.
 */
async function borderAt(
  space: KeySpace,
  place: Cursor,
  last: Cursor,
  { exists, compression }: { exists: boolean; compression: Plan['compression'] },
): Promise<Cursor | null> {
  if (exists && (compression === 'none' || isMark(place))) return place
  if (compression === 'none') return (await space.keys({ after: place, upTo: last }, 1, 'first'))[0] ?? null
  let after = place
  for (let page = 0; page < PAGES; page++) {
    const keys = await space.keys({ after, upTo: last }, PAGE_KEYS, 'first')
    const found = keys.find(isMark)
    if (found) return found
    if (keys.length < PAGE_KEYS) return null
    after = keys.at(-1)!
  }
  return null
}

/** Asks the database, because a collation orders texts differently from their values. */
async function isBehind(space: KeySpace, key: Cursor, before: Cursor | undefined): Promise<boolean> {
  return before === undefined || (await space.keys({ after: before, upTo: key }, 1, 'first')).length > 0
}

function isMark({ type, value }: Cursor): boolean {
  const bytes = Buffer.from(value, type === 'binary' ? 'base64' : 'utf8')
  return endsMember(bytes, 0, bytes.length)
}
