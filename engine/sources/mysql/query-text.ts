/** The text of an export's query, made of its template: how a value is written depends on where it stands. */
import type { Sql } from 'sql-template-tag'
import { QueryFailed } from '../../../statemachine/errors.ts'
import { keywordOf, type Parameter, type Place, toParameter } from './parameter.ts'
import { type Token, tokensOf } from './query-tokens.ts'

/** Functions that have one type for all their arguments, or ask for one. */
const UNIFYING = new Set(['CAST', 'CONVERT', 'COALESCE', 'IFNULL', 'NULLIF', 'IF', 'GREATEST', 'LEAST'])
/** What a LIMIT cannot stand behind. */
const ENDINGS = new Set(['LIMIT', 'FETCH', 'FOR', 'LOCK'])
/** How a statement begins that gives rows. */
const READING = new Set(['SELECT', 'WITH', 'TABLE', 'VALUES'])
const COMPARING = new Set(['=', '<', '>'])
const ARITHMETIC = new Set(['+', '-', '*', '/', '%', '|', '&', '^', '~', 'DIV', 'MOD'])
/** Window functions, and which of their arguments must be a constant. */
const CONSTANTS = new Map([
  ['NTILE', 0],
  ['LAG', 1],
  ['LEAD', 1],
  ['NTH_VALUE', 1],
])

/**
 * The query's text without the comments and the `;` at its end.
 *
 * @param add is given each value and says what stands for it in the text
 * @throws QueryFailed for a value that cannot be bound, one within quotes, a LIMIT that is not a count, and a second statement
 */
export function queryText(query: Sql, add: (parameter: Parameter, place: Place) => string): string {
  const tokens = tokensOf(query)
  // Where a quote seems not to be closed, as of a server without backslash escapes, nothing is known.
  const isKnown = tokens.every(({ kind }) => kind !== 'unclosed')
  const last = tokens.findLastIndex((token) => isMeant(token) && token.text !== ';')
  if (isKnown && tokens.findIndex(isEnd) !== -1 && tokens.findIndex(isEnd) < last) {
    throw new QueryFailed("The export's query has more than one statement: an export is one SELECT")
  }
  const position = new Position()
  let next = 0
  const texts = tokens.slice(0, last + 1).map((token, index) => {
    if (token.kind === 'value') {
      const given = query.values[next++]
      const following = tokens.slice(index + 1).find(isMeant)
      const place = isKnown ? position.placeBefore(following) : 'any'
      const value = place === 'limit' ? countOf(given) : given
      position.pass(token)
      return keywordOf(value) ?? add(toParameter(value), place)
    }
    if (token.kind === 'quoted' && token.values > 0) {
      throw new QueryFailed(
        "The export's query has a value within quotes: leave the quotes out, or put the text together with CONCAT",
      )
    }
    next += token.values
    if (isMeant(token)) position.pass(token)
    return token.values > 0 ? ' ' : token.source
  })
  return texts.join('')
}

/** Whether the query locks what it reads for a change (FOR UPDATE), in a subquery, too. */
export function locksForUpdate(query: Pick<Sql, 'strings'>): boolean {
  const meant = tokensOf(query).filter(isMeant)
  return meant.some(({ text }, index) => text === 'UPDATE' && meant[index - 1]?.text === 'FOR')
}

/** Whether the query is nothing but spaces and comments. */
export function isEmpty(query: Pick<Sql, 'strings'>): boolean {
  return tokensOf(query).every((token) => !isMeant(token) || token.text === ';')
}

/** The query's first word or sign; undefined where it is empty. */
export function openingOf(query: Pick<Sql, 'strings'>): string | undefined {
  return tokensOf(query).find(isMeant)?.text
}

/** Whether the query writes its result into a file or into variables (INTO), as far as its words tell. */
export function writesResult(query: Pick<Sql, 'strings'>): boolean {
  const words = tokensOf(query).filter(({ kind }) => kind === 'word')
  return READING.has(words[0]?.text ?? '') && words.some(({ text }) => text === 'INTO')
}

/** Whether the query takes no further LIMIT: it has one, or what must stand after it (FOR SHARE, LOCK IN SHARE MODE). */
export function endsWithLimit(query: Pick<Sql, 'strings'>): boolean {
  let depth = 0
  let found = false
  for (const { kind, text } of tokensOf(query)) {
    if (kind === 'sign' && text === '(') depth++
    else if (kind === 'sign' && text === ')') depth--
    else if (kind === 'word' && depth === 0 && text === 'UNION') found = false
    else if (kind === 'word' && depth === 0 && ENDINGS.has(text)) found = true
  }
  return found
}

/** Servers differ in what they make of another value: of NULL no rows, of 7.5 seven or eight. */
function countOf(value: unknown): unknown {
  const count = typeof value === 'string' && /^\d+$/.test(value) ? BigInt(value) : value
  if (typeof count === 'bigint' ? count >= 0n : Number.isSafeInteger(count) && (count as number) >= 0) return count
  throw new QueryFailed("The export's query has a LIMIT or an OFFSET that is not a whole number of 0 or more")
}

function isMeant({ kind }: Token): boolean {
  return kind !== 'space' && kind !== 'comment'
}

function isEnd({ kind, text }: Token): boolean {
  return kind === 'sign' && text === ';'
}

/** Within which parentheses the next token stands, and after what. */
class Position {
  readonly #calls: { name: string; argument: number; limit: boolean }[] = [{ name: '', argument: 0, limit: false }]
  #before: Token | null = null
  /** Whether the AND to come belongs to a BETWEEN. */
  #isBetween = false

  pass(token: Token): void {
    const call = this.#calls.at(-1)!
    if (token.text === 'BETWEEN') this.#isBetween = true
    else if (this.#before?.text === 'AND') this.#isBetween = false
    if (token.kind === 'word')
      call.limit = token.text === 'LIMIT' || (call.limit && /^(?:OFFSET|\d+)$/.test(token.text))
    else if (token.text === '(' && token.kind === 'sign') {
      const name = this.#before?.kind === 'word' ? this.#before.text : ''
      this.#calls.push({ name, argument: 0, limit: false })
    } else if (token.text === ')' && token.kind === 'sign' && this.#calls.length > 1) this.#calls.pop()
    else if (token.text === ',' && token.kind === 'sign') call.argument++
    this.#before = token
  }

  placeBefore(following: Token | undefined): Place {
    const { name, argument, limit } = this.#calls.at(-1)!
    const before = this.#before?.text ?? ''
    const after = following?.text ?? ''
    if (limit) return 'limit'
    if (after === 'PRECEDING' || after === 'FOLLOWING' || CONSTANTS.get(name) === argument) return 'constant'
    const isOperand = ARITHMETIC.has(before) || ARITHMETIC.has(after)
    const isListed = name === 'IN' || before === 'BETWEEN' || (before === 'AND' && this.#isBetween)
    if (!isOperand && (isListed || COMPARING.has(before) || COMPARING.has(after))) return 'compared'
    return before === 'THEN' || before === 'ELSE' || UNIFYING.has(name) ? 'unified' : 'any'
  }
}
