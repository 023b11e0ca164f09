/**
 * Maps keys to whole numbers, to propose a key between two others. It affects only the balance of ranges: each proposal
 * is looked up in the database, whose order decides.
 */
import type { Cursor } from '../../statemachine/contract.ts'

export interface KeyAxis {
  /** Returns the value at this share of the way from the first key to the last. It need not exist as a key. */
  at(share: number): Cursor
}

const SHARES = 1_000_000

/** How many characters or bytes after the common prefix of two texts are considered. */
const TEXT_DIGITS = 6
/**
 * The space to the last character before the surrogates; characters outside count as the nearest one. Between ASCII
 * keys only ASCII is proposed, because their column may allow nothing else.
 */
const [LOW, HIGH, HIGH_ASCII] = [0x20, 0xd7ff, 0x7e]
const ASCII = /^[\x20-\x7e]*$/
const BINARY_DIGITS = 8
const MICROS = 1_000_000n

/** Returns the possible axes from one key to another, the most likely first; none if nothing can lie between them. */
export function axesBetween(first: Cursor, last: Cursor): KeyAxis[] {
  return scalesOf(first, last).flatMap((scale) => {
    const [from, to] = [scale.read(first.value), scale.read(last.value)]
    if (from === null || to === null || from >= to) return []
    const numberAt = (share: number) => from + ((to - from) * BigInt(Math.round(share * SHARES))) / BigInt(SHARES)
    return [{ at: (share) => ({ type: first.type, value: scale.write(numberAt(share)) }) }]
  })
}

interface Scale {
  /** Returns null for a value without a place on the axis, such as the date 0000-00-00. */
  read(value: string): bigint | null
  write(number: bigint): string
}

function scalesOf(first: Cursor, last: Cursor): Scale[] {
  switch (first.type) {
    case 'integer':
      return [{ read: BigInt, write: String }]
    case 'decimal':
      return [decimalScale(fractionOf(first.value).length)]
    case 'temporal':
      return [/\d-/.test(first.value) ? dateScale(first.value) : timeScale(first.value)]
    case 'binary':
      return [binaryScale(first.value, last.value)]
    case 'text':
      // Most collations treat upper and lower case as equal, whereas by code point all capitals come first.
      return [
        textScale(first.value.toLowerCase(), last.value.toLowerCase(), { folded: true }),
        textScale(first.value, last.value, { folded: false }),
      ]
  }
}

function fractionOf(value: string): string {
  return value.split('.')[1] ?? ''
}

/** Decimals, as their digits without the point. */
function decimalScale(digits: number): Scale {
  return {
    read: (value) => BigInt(value.replace('.', '')),
    write(number) {
      if (digits === 0) return String(number)
      const text = String(number < 0n ? -number : number).padStart(digits + 1, '0')
      return `${number < 0n ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`
    },
  }
}

/** DATE, DATETIME and TIMESTAMP in microseconds, as if they were UTC. */
function dateScale(sample: string): Scale {
  const [hasTime, digits] = [sample.includes(' '), fractionOf(sample).length]
  return {
    read(value) {
      const [whole = ''] = value.split('.')
      const millis = Date.parse(`${whole.replace(' ', 'T')}${hasTime ? 'Z' : ''}`)
      return Number.isNaN(millis) ? null : BigInt(millis) * 1000n + BigInt(fractionOf(value).padEnd(6, '0'))
    },
    write(number) {
      const micros = ((number % MICROS) + MICROS) % MICROS
      const text = new Date(Number((number - micros) / 1000n)).toISOString().slice(0, 19).replace('T', ' ')
      if (!hasTime) return text.slice(0, 10)
      return digits === 0 ? text : `${text}.${String(micros).padStart(6, '0').slice(0, digits)}`
    },
  }
}

/** TIME, from -838:59:59 to 838:59:59, in microseconds. */
function timeScale(sample: string): Scale {
  const digits = fractionOf(sample).length
  return {
    read(value) {
      const [, sign, hours, minutes, seconds] = /^(-?)(\d+):(\d\d):(\d\d)/.exec(value) ?? []
      if (hours === undefined) return null
      const whole = BigInt(hours) * 3600n + BigInt(minutes!) * 60n + BigInt(seconds!)
      const micros = whole * MICROS + BigInt(fractionOf(value).padEnd(6, '0'))
      return sign ? -micros : micros
    },
    write(number) {
      const size = number < 0n ? -number : number
      const two = (part: bigint) => String(part).padStart(2, '0')
      const seconds = size / MICROS
      const text = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`
      const fraction =
        digits === 0
          ? ''
          : `.${String(size % MICROS)
              .padStart(6, '0')
              .slice(0, digits)}`
      return `${number < 0n ? '-' : ''}${text}${fraction}`
    },
  }
}

/** Texts: what follows their common prefix, as a number of six digits. */
function textScale(first: string, last: string, { folded }: { folded: boolean }): Scale {
  const prefix = first.slice(0, sameLength(first, last))
  const high = ASCII.test(first + last) ? HIGH_ASCII : HIGH
  return digitScale({
    base: BigInt(high - LOW + 1),
    digits: TEXT_DIGITS,
    split: (value) =>
      [...(folded ? value.toLowerCase() : value).slice(prefix.length, prefix.length + TEXT_DIGITS)].map(
        (sign) => Math.min(Math.max(sign.charCodeAt(0), LOW), high) - LOW,
      ),
    join: (digits) => prefix + digits.map((digit) => String.fromCharCode(LOW + digit)).join(''),
  })
}

function binaryScale(firstText: string, lastText: string): Scale {
  const [first, last] = [Buffer.from(firstText, 'base64'), Buffer.from(lastText, 'base64')]
  const prefix = first.subarray(0, sameLength(first, last))
  return digitScale({
    base: 256n,
    digits: BINARY_DIGITS,
    split: (value) => [...Buffer.from(value, 'base64').subarray(prefix.length, prefix.length + BINARY_DIGITS)],
    join: (digits) => Buffer.from([...prefix, ...digits]).toString('base64'),
  })
}

function sameLength(a: ArrayLike<unknown>, b: ArrayLike<unknown>): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return length
}

interface Digits {
  base: bigint
  digits: number
  split(value: string): number[]
  join(digits: number[]): string
}

function digitScale({ base, digits, split, join }: Digits): Scale {
  return {
    read(value) {
      const given = split(value)
      let number = 0n
      for (let index = 0; index < digits; index++) number = number * base + BigInt(given[index] ?? 0)
      return number
    },
    write(number) {
      const written: number[] = []
      for (let rest = number, index = 0; index < digits; index++, rest /= base) written.unshift(Number(rest % base))
      while (written.at(-1) === 0) written.pop()
      return join(written)
    },
  }
}
