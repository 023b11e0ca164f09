/**
 * Date patterns such as `yyyy/MM/dd HH:mm`, `d.M.yy`, `yyyy年M月d日`. The letters are those of Unicode
 * (https://unicode.org/reports/tr35/tr35-dates.html#Date_Field_Symbol_Table); literal letters are quoted.
 */
import { DATE_TEXT } from '../text.ts'

/** The position of each part in the server's text, `2026-02-28 13:05:09.250000`. */
const PARTS = {
  yyyy: { from: 0, to: 4, isPadded: true, code: 'yyyy' },
  yy: { from: 2, to: 4, isPadded: true, code: 'yy' },
  MM: { from: 5, to: 7, isPadded: true, code: 'mm' },
  M: { from: 5, to: 7, isPadded: false, code: 'm' },
  dd: { from: 8, to: 10, isPadded: true, code: 'dd' },
  d: { from: 8, to: 10, isPadded: false, code: 'd' },
  HH: { from: 11, to: 13, isPadded: true, code: 'hh' },
  H: { from: 11, to: 13, isPadded: false, code: 'h' },
  mm: { from: 14, to: 16, isPadded: true, code: 'mm' },
  m: { from: 14, to: 16, isPadded: false, code: 'm' },
  ss: { from: 17, to: 19, isPadded: true, code: 'ss' },
  s: { from: 17, to: 19, isPadded: false, code: 's' },
} as const

type Piece = { literal: string } | { letter: string; from: number; to: number; isPadded: boolean; code: string }

/** A run of one letter, quoted text, or one other character. */
const PIECE = /([A-Za-z])\1*|'((?:[^']|'')*)'|[^A-Za-z']/gu
const MIDNIGHT = '0000-00-00 00:00:00.000000'

export class DatePattern {
  readonly #pieces: readonly Piece[]

  /** Throws a RangeError that says what is wrong with the pattern. */
  constructor(pattern: string) {
    this.#pieces = parse(pattern)
    const letters = this.#pieces.flatMap((piece) => ('letter' in piece ? [piece.letter] : []))
    if (letters.length === 0) throw new RangeError(`has no part of a date, such as yyyy/MM/dd`)
    letters.forEach((letter, i) => {
      // A spreadsheet uses m for both months and minutes and decides by the neighbouring parts (ECMA-376, 18.8.31).
      const isByTime = letters[i - 1] === 'H' || letters[i + 1] === 's'
      if (letter === 'm' && !isByTime) throw new RangeError('has minutes (m) that neither follow H nor come before s')
      if (letter === 'M' && isByTime) throw new RangeError('has a month (M) right after H or before s')
      if (letter === 'S' && letters[i - 1] !== 's') throw new RangeError('has a fraction (S) without s before it')
    })
  }

  /** The number of fractional digits of a second. */
  get fractionDigits(): number {
    return Math.max(
      ...this.#pieces.map((piece) => ('letter' in piece && piece.letter === 'S' ? piece.to - piece.from : 0)),
    )
  }

  /**
   * Whether each fraction is written `ss.S…`, the only form that a spreadsheet's format code supports (ECMA-376,
   * 18.8.31).
   */
  get hasFractionAfterPoint(): boolean {
    const codes = this.#codes
    return codes.every((code, i) => !/^0+$/.test(code) || (codes[i - 2] === 'ss' && codes[i - 1] === '.'))
  }

  /** @returns null when the text is not a date as MySQL writes it */
  show(text: string): string | null {
    if (!DATE_TEXT.test(text)) return null
    const complete = text + MIDNIGHT.slice(text.length)
    let shown = ''
    for (const piece of this.#pieces) {
      if ('literal' in piece) shown += piece.literal
      else {
        const skipsZero = !piece.isPadded && complete.charAt(piece.from) === '0'
        shown += complete.slice(piece.from + (skipsZero ? 1 : 0), piece.to)
      }
    }
    return shown
  }

  /** The format code with which a spreadsheet shows the same. */
  get code(): string {
    return this.#codes.join('')
  }

  get #codes(): string[] {
    return this.#pieces.map((piece) => {
      if ('letter' in piece) return piece.code
      return piece.literal === ':' || piece.literal === '.' ? piece.literal : quoted(piece.literal)
    })
  }
}

function parse(pattern: string): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  for (const match of pattern.matchAll(PIECE)) {
    if (match.index !== at) throw new RangeError('has a quote that is not closed')
    at += match[0].length
    const [all, letter, text] = match
    if (letter === undefined) {
      pieces.push({ literal: text === undefined ? all : text.replaceAll("''", "'") || "'" })
    } else if (letter === 'S' && all.length <= 6) {
      pieces.push({ letter, from: 20, to: 20 + all.length, isPadded: true, code: '0'.repeat(all.length) })
    } else if (Object.hasOwn(PARTS, all)) {
      pieces.push({ letter, ...PARTS[all as keyof typeof PARTS] })
    } else {
      throw new RangeError(`has ${all}; use ${Object.keys(PARTS).join(', ')} and S to SSSSSS, and 'text in quotes'`)
    }
  }
  if (at !== pattern.length) throw new RangeError('has a quote that is not closed')
  return pieces
}

/** A spreadsheet's quoted text cannot contain a quote, so quotes are escaped outside of it. */
function quoted(literal: string): string {
  return literal
    .split('"')
    .map((part) => (part === '' ? '' : `"${part}"`))
    .join('\\"')
}
