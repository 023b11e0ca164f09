import type { Sql } from 'sql-template-tag'

export interface Token {
  kind: 'word' | 'value' | 'quoted' | 'unclosed' | 'comment' | 'space' | 'sign'
  /** The text as it is written. */
  source: string
  /** The text, with words in upper case. */
  text: string
  /** How many of the template's values it contains: one for a value, any number for a comment or a quoted text. */
  values: number
}

const ESCAPED = String.raw`'(?:[^'\\]|''|\\[\s\S])*'|"(?:[^"\\]|""|\\[\s\S])*"`
/** Quoted text on a server with `sql_mode=NO_BACKSLASH_ESCAPES`. */
const UNESCAPED = `'(?:[^']|'')*'|"(?:[^"]|"")*"`

/** The ways to read a query, the usual one first. */
const READINGS = [ESCAPED, UNESCAPED].map(patternOf)

/**
 * Comments that the server executes (`/*!`) or obeys (`/*+`) are not skipped.
 * https://dev.mysql.com/doc/refman/8.4/en/comments.html, https://mariadb.com/kb/en/comment-syntax/
 */
function patternOf(quoted: string): RegExp {
  const parts = [
    String.raw`(?<space>\s+)`,
    `(?<quoted>${quoted}|\`(?:[^\`]|\`\`)*\`)`,
    String.raw`(?<comment>--(?=\s|$)[^\n]*|#[^\n]*|\/\*(?!\+|M?!)[\s\S]*?\*\/)`,
    String.raw`(?<word>[\w$@\u0080-\uffff]+)`,
    String.raw`(?<unclosed>['"\x60]|\/\*(?!\+|M?!))`,
    String.raw`(?<sign>[\s\S])`,
  ]
  return new RegExp(parts.join('|'), 'g')
}

/**
 * Splits a template's text into tokens. A `?` in the text itself is a character, not a value. If a quote seems
 * unclosed, the server may treat a backslash as an ordinary character, as in `LIKE 'a|_%' ESCAPE '\'`.
 */
export function tokensOf({ strings }: Pick<Sql, 'strings'>): Token[] {
  const [usual, other] = READINGS.map((pattern) => read(strings, pattern)) as [Token[], Token[]]
  return usual.some(isUnclosed) && !other.some(isUnclosed) ? other : usual
}

function isUnclosed({ kind }: Token): boolean {
  return kind === 'unclosed'
}

function read(strings: readonly string[], pattern: RegExp): Token[] {
  const joined = strings.join('?')
  const places: number[] = []
  let at = -1
  for (const text of strings.slice(0, -1)) {
    at += text.length + 1
    places.push(at)
  }
  let next = 0
  return Array.from(joined.matchAll(pattern), ({ 0: source, index, groups }): Token => {
    const first = next
    while (next < places.length && places[next]! < index + source.length) next++
    const values = next - first
    const kind = Object.entries(groups!).find(([, found]) => found !== undefined)![0] as Token['kind']
    if (kind === 'sign' && values > 0) return { kind: 'value', source, text: source, values }
    return { kind, source, text: kind === 'word' ? source.toUpperCase() : source, values }
  })
}
