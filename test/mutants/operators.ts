/** Changes that general operators make in a module: an inverted comparison, a constant condition, an omitted call. */
import { parseSync } from '@swc/core'

export interface Change {
  /** Offsets in the file's bytes. */
  start: number
  end: number
  to: string
  /** The change in one line, such as `20 → (20 + 1)`. */
  what: string
  /** The source line in which the change begins, without its indentation, and its number from 1. */
  line: string
  lineNumber: number
}

interface Node {
  type: string
  span?: { start: number; end: number }
  [field: string]: unknown
}

const TURNED: Record<string, string> = {
  ...{ '===': '!==', '!==': '===', '<': '<=', '<=': '<', '>': '>=', '>=': '>' },
  ...{ '+': '-', '-': '+', '*': '/', '/': '*', '%': '*', '&&': '||', '||': '&&', '??': '&&' },
}
/** Prefix whose offset is the base of all others, because the parser's offsets continue from the previous source. */
const MARK = '0;\n'
/** Statements that only log or report progress, which no guarantee covers. */
const REPORTING = /^(?:await\s+)?(?:logger\.|logRequest\(|count\(|console\.|progress\(|warn\?\.\()/

/** @returns every possible change, in the order of the source */
export function changesOf(source: string): Change[] {
  const bytes = Buffer.from(source)
  const module = parseSync(MARK + source, { syntax: 'typescript', target: 'es2024' }) as unknown as Node & {
    body: Node[]
  }
  const base = module.body[0]!.span!.start + MARK.length
  const lines = source.split('\n')
  const changes: Change[] = []
  const text = (node: Node) => bytes.toString('utf8', node.span!.start - base, node.span!.end - base)
  const add = (node: Node, to: string) => {
    const [start, end] = [node.span!.start - base, node.span!.end - base]
    const lineNumber = bytes.toString('utf8', 0, start).split('\n').length
    const line = lines[lineNumber - 1]!.trim()
    const from = text(node).replaceAll(/\s+/g, ' ')
    changes.push({ start, end, to, what: `${short(from)} → ${short(to) || 'nothing'}`, line, lineNumber })
  }

  function visit(node: Node) {
    const kind = node.type
    if (kind.startsWith('Ts') && !/^Ts(As|NonNull|Satisfies|Const)/.test(kind)) return
    if (/^(Import|ExportAll)/.test(kind)) return
    if (kind === 'BinaryExpression') {
      const { left, operator, right } = node as unknown as { left: Node; operator: string; right: Node }
      const to = TURNED[operator]
      // A concatenation of strings is skipped, because its difference is NaN, which any test notices.
      if (to && !(operator === '+' && [left, right].some((side) => /^(String|Template)/.test(side.type))))
        add(node, `(${text(left)}) ${to} (${text(right)})`)
    }
    if (kind === 'UnaryExpression' && node.operator === '!') add(node, `!!(${text(node.argument as Node)})`)
    if (kind === 'BooleanLiteral') add(node, String(!node.value))
    if (kind === 'NumericLiteral') add(node, `(${text(node)} + 1)`)
    if (kind === 'IfStatement') for (const decided of ['true', 'false']) add(node.test as Node, decided)
    if (kind === 'ExpressionStatement' && !REPORTING.test(text(node)) && !text(node).startsWith('super('))
      add(node, ';')
    for (const [field, value] of Object.entries(node)) {
      if (field === 'typeAnnotation' || field === 'typeParameters' || field === 'typeArguments') continue
      for (const child of [value].flat()) if (isNode(child)) visit(child)
      // Some children, such as the arguments of a call, are wrapped.
      for (const child of [value].flat()) if (isWrapped(child)) visit(child.expression)
      // A method of a class has its body in a node without a type.
      if (field === 'function') visitBody(value as { body: Node | null })
    }
  }
  /** A declaration without a body is an overload. */
  function visitBody({ body }: { body: Node | null }) {
    if (body !== null) visit(body)
  }
  for (const statement of module.body.slice(1)) visit(statement)
  return changes
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
}

function isWrapped(value: unknown): value is { expression: Node } {
  return (
    typeof value === 'object' &&
    value !== null &&
    !('type' in value) &&
    isNode((value as { expression?: unknown }).expression)
  )
}

/** @returns the source with the change */
export function applyChange(source: string, { start, end, to }: Change): string {
  const bytes = Buffer.from(source)
  return `${bytes.toString('utf8', 0, start)}${to}${bytes.toString('utf8', end)}`
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
