import type { Sql } from 'sql-template-tag'

export interface Token {
  kind: 'word' | 'value' | 'quoted' | 'unclosed' | 'comment' | 'space' | 'sign'
  /** As it is written. */
  source: string
  /** The same, of a word in capitals. */
  text: string
  /** How many of the template's values it holds: one if it is a value, any number if it is a comment or a quoted text. */
  values: number
}

/**
 * Comments that the server executes (`/*!`) or heeds (`/*+`) are not skipped.
 * https://dev.mysql.com/doc/refman/8.4/en/comments.html, https://mariadb.com/kb/en/comment-syntax/
 */
const TOKENS =
  /(?<space>\s+)|(?<quoted>'(?:[^'\\]|''|\\[\s\S])*'|"(?:[^"\\]|""|\\[\s\S])*"|`(?:[^`]|``)*`)|(?<comment>--(?=\s|$)[^\n]*|#[^\n]*|\/\*(?!\+|M?!)[\s\S]*?\*\/)|(?<word>[\w$@\u0080-\uffff]+)|(?<unclosed>['"`]|\/\*(?!\+|M?!))|(?<sign>[\s\S])/g

/** Takes a template's text apart. A `?` of the text itself is a sign, not a value. */
export function tokensOf({ strings }: Pick<Sql, 'strings'>): Token[] {
  const joined = strings.join('?')
  const places: number[] = []
  let at = -1
  for (const text of strings.slice(0, -1)) {
    at += text.length + 1
    places.push(at)
  }
  let next = 0
  return Array.from(joined.matchAll(TOKENS), ({ 0: source, index, groups }): Token => {
    const first = next
    while (next < places.length && places[next]! < index + source.length) next++
    const values = next - first
    const kind = Object.entries(groups!).find(([, found]) => found !== undefined)![0] as Token['kind']
    if (kind === 'sign' && values > 0) return { kind: 'value', source, text: source, values }
    return { kind, source, text: kind === 'word' ? source.toUpperCase() : source, values }
  })
}
