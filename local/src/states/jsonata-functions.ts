/**
 * The functions that Step Functions adds to JSONata; it removes `$eval`.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-sfn
 */
import { createHash, randomInt, randomUUID } from 'node:crypto'

const HASHES: Record<string, string> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
}
/** AWS's own limit is the evaluator's memory. A range larger than a payload is useless in either case. */
const LONGEST_RANGE = 100_000

export const functions = {
  /** Splits an array into arrays of at most `size` items. */
  partition(items: unknown, size: unknown): unknown[][] {
    const all = Array.isArray(items) ? items : [items]
    const width = Math.round(number('$partition', size))
    if (width < 1) throw new Error('$partition: the size must be a positive integer.')
    return Array.from({ length: Math.ceil(all.length / width) }, (_, i) => all.slice(i * width, (i + 1) * width))
  },
  /** Returns the numbers from the first to the last, both inclusive. */
  range(first: unknown, last: unknown, step: unknown): number[] {
    const [from, to, by] = [first, last, step].map((value) => Math.round(number('$range', value))) as [
      number,
      number,
      number,
    ]
    if (by === 0) throw new Error('$range: the step must not be 0.')
    const length = Math.max(0, Math.floor((to - from) / by) + 1)
    if (length > LONGEST_RANGE) throw new Error(`$range: more than ${LONGEST_RANGE} items.`)
    return Array.from({ length }, (_, i) => from + i * by)
  },
  hash(data: unknown, algorithm: unknown): string {
    const name = HASHES[String(algorithm)]
    if (!name) throw new Error(`$hash: the algorithm must be one of ${Object.keys(HASHES).join(', ')}.`)
    return createHash(name)
      .update(typeof data === 'string' ? data : JSON.stringify(data))
      .digest('hex')
  },
  /** Returns a number of at least 0 and less than 1; the same seed gives the same number. */
  random(seed?: unknown): number {
    return mulberry32(seed === undefined ? randomInt(2 ** 32) : number('$random', seed))
  },
  uuid: (): string => randomUUID(),
  parse(json: unknown): unknown {
    if (typeof json !== 'string') throw new Error('$parse: the argument must be a string.')
    return JSON.parse(json)
  },
  eval(): never {
    throw new Error('$eval is not available in Step Functions; use $parse.')
  },
}

function number(name: string, value: unknown): number {
  if (typeof value !== 'number') throw new Error(`${name}: a number is needed.`)
  return value
}

/** A small generator in the public domain; AWS does not document its own. */
function mulberry32(seed: number): number {
  let t = (seed + 0x6d2b79f5) | 0
  t = Math.imul(t ^ (t >>> 15), t | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}
