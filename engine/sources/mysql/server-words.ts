/**
 * Shows a server's message only if it is one of its own sentences. A function, procedure or trigger may raise an error
 * or a warning with any number and SQLSTATE (SIGNAL) and put a row's values into its text. One whose arguments are
 * constants may do so while the statement is planned, and on MariaDB while it is prepared.
 */
import { OF_RUNNING, OF_THE_TEXT } from './sentences.ts'

/**
 * The parts of a sentence: `%` is hidden, the others are kept because they are names of the query or of the server. A
 * long message may be cut within its quotes.
 */
const PARTS: Record<string, string> = {
  '%': '[\\s\\S]*?',
  "'%'": "'[\\s\\S]*?'?",
  '"%"': '"[\\s\\S]*?"?',
  '{number}': '\\d{1,10}',
  '{type}':
    '(?:UNSIGNED )?(?:INTEGER|DOUBLE|DECIMAL|FLOAT|DATE|TIME|DATETIME|TIMESTAMP|YEAR|JSON|VECTOR|CHAR|BINARY|INET4|INET6|UUID)(?:\\(\\d+(?:,\\d+)?\\))?',
  '{charset}':
    '(?:utf(?:8|8mb[34]|16|16le|32)|ucs2|ascii|binary|latin[1257]|cp\\d+|[su]jis|eucjpms|gbk|gb2312|gb18030|big5|euckr|tis620|koi8[ru]|greek|hebrew)',
  '{column}': "['`][^'`\"]*['`](?:\\.['`][^'`\"]*['`]){0,2}",
  '{function}': "'?[a-z][a-z0-9_]*'?",
  '{object}': '(?:FUNCTION|PROCEDURE)',
  '{name}': '[\\w$.@-]+',
  '{expression}': '[a-z][a-z0-9_]*',
}
const PART = /'%'|"%"|%|\{\w+\}/g

/** Shown in place of other messages. */
export const HIDDEN = 'its text is not shown, because it is not one of the server’s own and may contain data of a row'

const running = patternsOf(OF_RUNNING)
const ofTheText = patternsOf(OF_THE_TEXT)

/** Returns the server's sentence without what it quotes; null for any other message. */
export function ownWords(message: string): string | null {
  for (const { sentence, pattern } of running) {
    const kept = pattern.exec(message)
    if (!kept) continue
    let next = 1
    return sentence.replace(PART, (part) => {
      const text = kept[next++]!
      return text === '' || !part.includes('%') ? text : '(a value)'
    })
  }
  return null
}

/** Whether the message is about a mistake in the statement's text, in which case it may be shown in full. */
export function isOfTheText(message: string): boolean {
  return ofTheText.some(({ pattern }) => pattern.test(message))
}

function patternsOf(sentences: string): { sentence: string; pattern: RegExp }[] {
  const lines = sentences.trim().split('\n')
  return lines.map((sentence) => ({ sentence, pattern: patternOf(sentence) }))
}

function patternOf(sentence: string): RegExp {
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const parts = sentence.split(new RegExp(`(${PART.source})`))
  const source = parts.map((part) => {
    const found = PARTS[part]
    return found === undefined ? literal(part) : `(${found})`
  })
  return new RegExp(`^${source.join('')}$`, 'i')
}

/**
 * The name of a column or function at the end of a message. No value follows it, so a value cannot be mistaken for it.
 */
const ENDS_WITH_NAME = / for (?:column ['`][^'`"]*['`](?:\.['`][^'`"]*['`]){0,2}(?: at row \d+)?|function [a-z0-9_]+)$/

/** A quote, except the apostrophe in `Can't`. */
const OPENING_QUOTE = /(?<!n(?='t ))['"`]/

/**
 * Returns a message of the Data API without what it quotes, which may be values of the query. The name of a column or
 * function at the end of the message is kept.
 */
export function withoutData(message: string): string {
  const end = ENDS_WITH_NAME.exec(message)
  const head = end ? message.slice(0, end.index) : message
  const from = head.search(OPENING_QUOTE)
  if (from === -1) return message
  const to = Math.max(head.lastIndexOf("'"), head.lastIndexOf('"'), head.lastIndexOf('`'))
  return `${head.slice(0, from)}(a value)${to > from ? head.slice(to + 1) : ''}${end?.[0] ?? ''}`
}
