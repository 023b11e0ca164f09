/** Named parameters: `:name` in the statement, with a typed value. They are bound, never inserted into the text. */
// TypedParameter is a getter, which Node does not recognize as a named export.
import mysql2, { type TypedParameterValue } from 'mysql2'
import { z } from 'zod'
import { RdsDataError } from './errors.ts'

export const Field = z.object({
  isNull: z.boolean().optional(),
  booleanValue: z.boolean().optional(),
  longValue: z.union([z.number().int(), z.bigint()]).optional(),
  doubleValue: z.union([z.number(), z.bigint(), z.enum(['NaN', 'Infinity', '-Infinity'])]).optional(),
  stringValue: z.string().optional(),
  blobValue: z.base64().optional(),
  arrayValue: z.unknown().optional(),
})

export const SqlParameter = z.object({
  name: z.string(),
  value: Field.optional(),
  typeHint: z.enum(['JSON', 'UUID', 'TIMESTAMP', 'DATE', 'TIME', 'DECIMAL']).optional(),
})
export type SqlParameter = z.output<typeof SqlParameter>

export type BoundValue = string | number | TypedParameterValue | Buffer | null

export interface BoundStatement {
  /** The statement with a `?`, or an expression around it, for each occurrence of a parameter. */
  text: string
  values: BoundValue[]
}

/**
 * Text in which a colon does not begin a parameter: strings, quoted names, comments, `:=`. (That AWS ignores them too
 * is assumed: statements with `'12:00:00'` are common and work.)
 */
const TOKENS =
  /'(?:[^'\\]|''|\\[\s\S])*'|"(?:[^"\\]|""|\\[\s\S])*"|`(?:[^`]|``)*`|\/\*[\s\S]*?\*\/|--(?=\s|$)[^\n]*|#[^\n]*|:([A-Za-z_][A-Za-z0-9_]*)/g

/** @throws RdsDataError BadRequestException for a name without a parameter */
export function bindParameters(sql: string, parameters: readonly SqlParameter[]): BoundStatement {
  const byName = new Map(parameters.map((parameter) => [parameter.name, toExpression(parameter)]))
  const values: BoundValue[] = []
  const text = sql.replace(TOKENS, (token, name: string | undefined) => {
    if (name === undefined) return token
    const bound = byName.get(name)
    if (!bound) throw new RdsDataError('BadRequestException', `Cannot find parameter: ${name}`)
    values.push(bound.value)
    return bound.expression
  })
  return { text, values }
}

const HINTED = {
  DATE: { form: /^\d{4}-\d\d-\d\d$/, shape: 'YYYY-MM-DD', expression: 'CAST(? AS DATE)' },
  // MySQL treats the ? of CAST(? AS TIME) as a time, and turns a bound text into midnight.
  TIME: { form: /^\d\d:\d\d:\d\d(\.\d{1,6})?$/, shape: 'HH:MM:SS[.FFF]', expression: 'CAST(CONCAT(?) AS TIME(6))' },
  TIMESTAMP: {
    form: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?$/,
    shape: 'YYYY-MM-DD HH:MM:SS[.FFF]',
    expression: 'CAST(? AS DATETIME(6))',
  },
} as const

function toExpression({ name, value = {}, typeHint }: SqlParameter): { expression: string; value: BoundValue } {
  const text = value.stringValue
  switch (text === undefined ? undefined : typeHint) {
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP': {
      const { form, shape, expression } = HINTED[typeHint as keyof typeof HINTED]
      if (!form.test(text!)) {
        throw new RdsDataError(
          'BadRequestException',
          `The parameter ${name} is not a valid ${typeHint}: ${shape} is expected`,
        )
      }
      return { expression, value: text! }
    }
    case 'DECIMAL': {
      const fraction = /^[-+]?\d+(?:\.(\d+))?$/.exec(text!)
      if (!fraction) throw new RdsDataError('BadRequestException', `The parameter ${name} is not a valid DECIMAL`)
      return { expression: `CAST(? AS DECIMAL(65, ${Math.min(fraction[1]?.length ?? 0, 30)}))`, value: text! }
    }
    default:
      return { expression: '?', value: toValue(name, value) }
  }
}

function toValue(name: string, value: z.output<typeof Field>): BoundValue {
  if (value.isNull) return null
  if (value.stringValue !== undefined) return value.stringValue
  if (value.longValue !== undefined) return mysql2.TypedParameter.LONGLONG(value.longValue)
  if (value.doubleValue !== undefined) return Number(value.doubleValue)
  if (value.booleanValue !== undefined) return mysql2.TypedParameter.TINY(value.booleanValue)
  if (value.blobValue !== undefined) return Buffer.from(value.blobValue, 'base64')
  if (value.arrayValue !== undefined) {
    throw new RdsDataError('BadRequestException', 'Array parameters are not supported.')
  }
  throw new RdsDataError('BadRequestException', `The parameter ${name} has no value.`)
}
