/**
 * CloudWatch's filter patterns: terms, quoted phrases, `?any` and `-none` of them, `%regular expressions%`, and
 * conditions on JSON (`{ $.level = "ERROR" && $.rows > 10 }`). Space-delimited patterns (`[ip, user]`) are refused.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */

/** The pattern is not valid; the message says where. */
export class InvalidPattern extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(`Invalid filter pattern: ${message}`, options)
    this.name = 'InvalidPattern'
  }
}

type Matcher = (message: string) => boolean
type Condition = (document: unknown) => boolean

/** @throws InvalidPattern */
export function filterPattern(pattern: string): Matcher {
  const trimmed = pattern.trim()
  if (trimmed === '') return () => true
  if (trimmed.startsWith('{')) return jsonPattern(trimmed)
  if (trimmed.startsWith('[')) throw new InvalidPattern('patterns of space-delimited fields are not supported here.')
  return termPattern(trimmed)
}

function termPattern(pattern: string): Matcher {
  const all: Matcher[] = []
  const any: Matcher[] = []
  const term = /([?-]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]+)%|([^\s"%]+))\s*/y
  while (term.lastIndex < pattern.length) {
    const at = term.lastIndex
    const match = term.exec(pattern)
    if (!match) throw new InvalidPattern(`what is at character ${at + 1} (a quotation mark that is not closed?)`)
    const [, sign, phrase, expression, word] = match
    const found =
      expression === undefined ? includes(phrase === undefined ? String(word) : unescaped(phrase)) : regex(expression)
    if (sign === '?') any.push(found)
    else all.push(sign === '-' ? (message) => !found(message) : found)
  }
  // CloudWatch ignores optional terms if there is a required one.
  return all.length > 0 ? (message) => all.every((is) => is(message)) : (message) => any.some((is) => is(message))
}

function includes(phrase: string): Matcher {
  return (message) => message.includes(phrase)
}

function regex(expression: string): Matcher {
  try {
    const compiled = new RegExp(expression)
    return (message) => compiled.test(message)
  } catch (error) {
    throw new InvalidPattern(`%${expression}% is not a regular expression.`, { cause: error })
  }
}

function unescaped(phrase: string): string {
  return phrase.replace(/\\(.)/g, '$1')
}

const TOKEN = /\s*(&&|\|\||!=|>=|<=|[=<>(){}]|"(?:[^"\\]|\\.)*"|%[^%]+%|[^\s=<>!&|(){}"]+)/y

function jsonPattern(pattern: string): Matcher {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < pattern.length) {
    const at = TOKEN.lastIndex
    const match = TOKEN.exec(pattern)
    if (!match) throw new InvalidPattern(`what is at character ${at + 1}?`)
    tokens.push(String(match[1]))
  }
  let next = 0
  const expect = (token: string) => {
    if (tokens[next++] !== token)
      throw new InvalidPattern(`“${token}” was expected before “${tokens[next - 1] ?? 'the end'}”.`)
  }
  const either = (): Condition => {
    const alternatives = [both()]
    while (tokens[next] === '||') {
      next++
      alternatives.push(both())
    }
    return (document) => alternatives.some((is) => is(document))
  }
  const both = (): Condition => {
    const conditions = [single()]
    while (tokens[next] === '&&') {
      next++
      conditions.push(single())
    }
    return (document) => conditions.every((is) => is(document))
  }
  const single = (): Condition => {
    if (tokens[next] === '(') {
      next++
      const inner = either()
      expect(')')
      return inner
    }
    const path = tokens[next++] ?? ''
    if (!/^\$[.[]/.test(path)) throw new InvalidPattern(`a field such as $.level was expected instead of “${path}”.`)
    const is = comparison(tokens[next++] ?? '', () => tokens[next++] ?? '')
    return (document) => is(valueAt(document, path))
  }
  expect('{')
  const condition = either()
  expect('}')
  if (next < tokens.length) throw new InvalidPattern('nothing may follow the closing brace.')
  return (message) => {
    const document = parsed(message)
    return document !== undefined && condition(document)
  }
}

function comparison(operator: string, nextToken: () => string): Condition {
  if (operator === 'IS') {
    const wanted = { TRUE: true, FALSE: false, NULL: null }[nextToken()]
    if (wanted === undefined) throw new InvalidPattern('IS is followed by TRUE, FALSE or NULL.')
    return (value) => value === wanted
  }
  if (operator === 'NOT') {
    if (nextToken() !== 'EXISTS') throw new InvalidPattern('NOT is followed by EXISTS.')
    return (value) => value === undefined
  }
  const operand = nextToken()
  if (operator === '=' || operator === '!=') {
    const equal = equality(operand)
    return operator === '=' ? equal : (value) => value !== undefined && !equal(value)
  }
  const limit = Number(operand)
  if (Number.isNaN(limit)) throw new InvalidPattern(`“${operand}” is not a number.`)
  const compare = {
    '>': (n: number) => n > limit,
    '>=': (n: number) => n >= limit,
    '<': (n: number) => n < limit,
    '<=': (n: number) => n <= limit,
  }[operator]
  if (!compare) throw new InvalidPattern(`“${operator}” is not a comparison.`)
  return (value) => typeof value === 'number' && compare(value)
}

/** A number matches equal numbers, and a `*` in a string anything. */
function equality(operand: string): Condition {
  if (operand.startsWith('%')) {
    const is = regex(operand.slice(1, -1))
    return (value) => typeof value === 'string' && is(value)
  }
  const quoted = operand.startsWith('"')
  const wanted = quoted ? unescaped(operand.slice(1, -1)) : operand
  if (!quoted && wanted !== '' && !Number.isNaN(Number(wanted))) {
    return (value) => (typeof value === 'number' ? value === Number(wanted) : value === wanted)
  }
  const expression = new RegExp(`^${wanted.split('*').map(literally).join('[^]*')}$`)
  return (value) => typeof value === 'string' && expression.test(value)
}

function literally(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
}

function valueAt(document: unknown, path: string): unknown {
  let value = document
  for (const step of path.matchAll(/\.([^.[\]]+)|\[(?:(\d+)|['"]([^'"]+)['"])\]/g)) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[step[1] ?? step[2] ?? step[3] ?? '']
  }
  return value
}

function parsed(message: string): unknown {
  try {
    return JSON.parse(message)
  } catch {
    return undefined
  }
}
