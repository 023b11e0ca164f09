/** Makes form fields from the schema of an export's parameters, and parameters from a submitted form. */
import type { ExportDescription, ParamSchema } from '@carryout/client/operator'
import { html } from 'hono/html'
import type { Markup, View } from '../view/page.ts'

/** Prefix of the names of fields that are parameters. */
const PREFIX = 'param.'

export type Params = Record<string, unknown>

/** A problem with a submitted form, for the person who filled it in. */
export class FormProblem extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'FormProblem'
  }
}

export function paramFields(view: View, { params }: ExportDescription, values: Params): Markup {
  const required = new Set(params.required)
  const fields = Object.entries(params.properties).map(([name, schema]) =>
    field(view, { name, schema, isRequired: required.has(name), value: values[name] ?? schema.default }),
  )
  const unknown = Object.keys(values).filter((name) => !Object.hasOwn(params.properties, name))
  return html`${fields}${unknown.length > 0 ? html`<p class="note">${view.texts.unknownParams(unknown.join(', '))}</p>` : ''}`
}

export function jsonField({ texts: t }: View, json: string): Markup {
  return html`<label>${t.params}<textarea name="params" required spellcheck="false">${json}</textarea></label>`
}

interface Field {
  name: string
  schema: ParamSchema
  isRequired: boolean
  value: unknown
}

function field({ texts: t }: View, { name, schema, isRequired, value }: Field): Markup {
  const id = PREFIX + name
  const required = isRequired ? html` required` : ''
  const label = html`${name}${isRequired ? '' : t.inBrackets(t.optional)}${schema.description ? html` · ${schema.description}` : ''}`
  const choices = schema.enum?.map(String) ?? (schema.type === 'boolean' ? ['true', 'false'] : undefined)
  if (choices) {
    const options = choices.map(
      (choice) => html`<option${choice === String(value) ? html` selected` : ''}>${choice}</option>`,
    )
    return html`<label>${label}<select name="${id}"${required}>${isRequired ? '' : html`<option value="">${t.notSet}</option>`}${options}</select></label>`
  }
  const text = value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)
  if (!isSimple(schema)) {
    return html`<label>${label} (JSON)<textarea name="${id}" spellcheck="false"${required}>${text}</textarea></label>`
  }
  if (isNumber(schema)) {
    const limit = (side: 'minimum' | 'maximum') => {
      const given = schema[side]
      // Zod's integers have the safe integers as limits.
      return given === undefined || Math.abs(given) === Number.MAX_SAFE_INTEGER ? '' : String(given)
    }
    return html`<label>${label}<input type="number" name="${id}" step="${schema.type === 'integer' ? '1' : 'any'}" min="${limit('minimum')}" max="${limit('maximum')}" value="${text}"${required}></label>`
  }
  return html`<label>${label}<input type="${schema.format === 'date' ? 'date' : 'text'}" name="${id}" value="${text}"${required}></label>`
}

/** @param form the submitted fields @throws FormProblem */
export function readParams(view: View, described: ExportDescription | undefined, form: Record<string, string>): Params {
  if (form.params !== undefined || !described) return parseObject(form.params ?? '', view.texts.params)
  const entries = Object.entries(described.params.properties).flatMap(([name, schema]): [string, unknown][] => {
    const text = form[PREFIX + name] ?? ''
    if (text === '') return []
    return [[name, readValue(name, schema, text)]]
  })
  return Object.fromEntries(entries)
}

function readValue(name: string, schema: ParamSchema, text: string): unknown {
  if (schema.enum) return schema.enum.find((choice) => String(choice) === text) ?? text
  if (schema.type === 'boolean') return text === 'true' || (text === 'false' ? false : text)
  if (isNumber(schema)) return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)
  return isSimple(schema) ? text : parseJson(text, name)
}

function isNumber({ type }: ParamSchema): boolean {
  return type === 'number' || type === 'integer'
}

/** Whether the parameter has a field of its own; any other type is written as JSON. */
function isSimple({ type }: ParamSchema): boolean {
  return type === 'string' || type === 'number' || type === 'integer'
}

function parseObject(json: string, what: string): Params {
  const value = parseJson(json, what)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Params
  throw new FormProblem(`${what}: ${JSON.stringify(value)?.slice(0, 40)} ≠ { … }`)
}

function parseJson(json: string, what: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new FormProblem(`${what}: ${(error as Error).message}`)
  }
}
