/** Makes the text of an export's query from its template: how a value is written depends on its place. */
import type { Sql } from 'sql-template-tag'
import { QueryFailed } from '../../../statemachine/errors.ts'
import { keywordOf, type Parameter, type Place, toParameter } from './parameter.ts'
import { type Token, tokensOf } from './query-tokens.ts'

/** Functions that give all their arguments one type, or require one. */
const UNIFYING = new Set(['CAST', 'CONVERT', 'COALESCE', 'IFNULL', 'NULLIF', 'IF', 'GREATEST', 'LEAST'])
/** Keywords after which a LIMIT cannot be appended. */
const ENDINGS = new Set(['LIMIT', 'FETCH', 'FOR', 'LOCK'])
/** The first words of statements that return rows. */
const READING = new Set(['SELECT', 'WITH', 'TABLE', 'VALUES'])
const COMPARING = new Set(['=', '<', '>'])
const ARITHMETIC = new Set(['+', '-', '*', '/', '%', '|', '&', '^', '~', 'DIV', 'MOD'])
/** Window functions, with the arguments that must be constants. */
const CONSTANTS = new Map([
  ['NTILE', 0],
  ['LAG', 1],
  ['LEAD', 1],
  ['NTH_VALUE', 1],
])

/**
 * Returns the query's text without comments and trailing `;`.
 *
 * @param add is called with each value and returns what represents it in the text
 * @throws QueryFailed for a value that cannot be bound, a value within quotes, a LIMIT that is not a count, and a
 * second statement
 */
export function queryText(query: Sql, add: (parameter: Parameter, place: Place) => string): string {
  const tokens = tokensOf(query)
  // If a quote seems unclosed, as on a server without backslash escapes, the tokens are not reliable.
  const isKnown = tokens.every(({ kind }) => kind !== 'unclosed')
  const last = tokens.findLastIndex((token) => isMeant(token) && token.text !== ';')
  const kept = tokens.slice(0, last + 1)
  if (isKnown && kept.some(({ text }) => text === ';')) {
    throw new QueryFailed("The export's query has more than one statement: an export is one SELECT")
  }
  const position = new Position()
  let next = 0
  const texts = kept.map((token, index) => {
    const isValue = token.kind === 'value'
    const place = isValue && isKnown ? position.placeBefore(kept.slice(index + 1).find(isMeant)) : 'any'
    if (isMeant(token)) position.pass(token)
    if (isValue) {
      const given = query.values[next++]
      const value = place === 'limit' ? countOf(given) : given
      return keywordOf(value) ?? add(toParameter(value), place)
    }
    if (token.kind === 'quoted' && token.values > 0) {
      throw new QueryFailed(
        "The export's query has a value within quotes: remove the quotes, or build the text with CONCAT",
      )
    }
    next += token.values
    return token.values > 0 ? ' ' : token.source
  })
  return texts.join('')
}

/** Whether the query locks rows for an update (FOR UPDATE), including in a subquery. */
export function locksForUpdate(query: Pick<Sql, 'strings'>): boolean {
  const meant = tokensOf(query).filter(isMeant)
  return meant.some(({ text }, index) => text === 'UPDATE' && meant[index - 1]?.text === 'FOR')
}

/** Whether the query has nothing but white space and comments. */
export function isEmpty(query: Pick<Sql, 'strings'>): boolean {
  return tokensOf(query).every((token) => !isMeant(token) || token.text === ';')
}

/** The query's first word or character; undefined if it is empty. */
export function openingOf(query: Pick<Sql, 'strings'>): string | undefined {
  return tokensOf(query).find(isMeant)?.text
}

/** Whether the query seems to write its result to a file or variables (INTO). */
export function writesResult(query: Pick<Sql, 'strings'>): boolean {
  const words = tokensOf(query).filter(({ kind }) => kind === 'word')
  return READING.has(words[0]?.text ?? '') && words.some(({ text }) => text === 'INTO')
}

/**
 * Whether no LIMIT can be appended to the query: it has one, or a clause that must follow it (FOR SHARE, LOCK IN SHARE
 * MODE).
 */
export function endsWithLimit(query: Pick<Sql, 'strings'>): boolean {
  let depth = 0
  let found = false
  // No other token has the text of a sign or a word: a quoted text has its quotes.
  for (const { text } of tokensOf(query)) {
    if (text === '(') depth++
    else if (text === ')') depth--
    else if (depth === 0 && text === 'UNION') found = false
    else if (depth === 0 && ENDINGS.has(text)) found = true
  }
  return found
}

/** Servers disagree about other values: NULL may give no rows, 7.5 seven or eight. */
function countOf(value: unknown): unknown {
  const count = typeof value === 'string' && /^\d+$/.test(value) ? BigInt(value) : value
  if (typeof count === 'bigint' ? count >= 0n : Number.isSafeInteger(count) && (count as number) >= 0) return count
  throw new QueryFailed("The export's query has a LIMIT or an OFFSET that is not a whole number of 0 or more")
}

function isMeant({ kind }: Token): boolean {
  return kind !== 'space' && kind !== 'comment'
}

/** A pair of parentheses, or the whole query. */
interface Call {
  /** What precedes the opening parenthesis, such as a function's name. */
  name: string
  /** How many commas precede the next token. */
  argument: number
  /** Whether the next token belongs to a LIMIT. */
  limit: boolean
}

function callOf(name: string): Call {
  return { name, argument: 0, limit: false }
}

/** Tracks the parentheses around the next token and what precedes it. */
class Position {
  readonly #calls: Call[] = [callOf('')]
  /** The text of the token before. */
  #before = ''
  /** Whether the next AND belongs to a BETWEEN. */
  #isBetween = false

  pass({ kind, text }: Token): void {
    const call = this.#calls.at(-1)!
    if (text === 'BETWEEN') this.#isBetween = true
    else if (this.#before === 'AND') this.#isBetween = false
    if (kind === 'word') call.limit = text === 'LIMIT' || (call.limit && /^(?:OFFSET|\d+)$/.test(text))
    else if (text === '(') this.#calls.push(callOf(this.#before))
    else if (text === ')' && this.#calls.length > 1) this.#calls.pop()
    else if (text === ',') call.argument++
    this.#before = text
  }

  placeBefore(following: Token | undefined): Place {
    const { name, argument, limit } = this.#calls.at(-1)!
    const before = this.#before
    const after = following?.text ?? ''
    if (limit) return 'limit'
    if (after === 'PRECEDING' || after === 'FOLLOWING' || CONSTANTS.get(name) === argument) return 'constant'
    const isOperand = ARITHMETIC.has(before) || ARITHMETIC.has(after)
    const isListed = name === 'IN' || before === 'BETWEEN' || (before === 'AND' && this.#isBetween)
    if (!isOperand && (isListed || COMPARING.has(before) || COMPARING.has(after))) return 'compared'
    return before === 'THEN' || before === 'ELSE' || UNIFYING.has(name) ? 'unified' : 'any'
  }
}
