/** What an export's `query` function is given, and what is done with what it returns. */
import { defineExport, type ExportDefinition, sql, z } from '../../../engine/catalogue.ts'
import { queryOf } from '../../../engine/plan/query.ts'
import { InvalidRequest, QueryFailed } from '../../../statemachine/errors.ts'
import { requestFor } from '../harness.ts'

describe('the query function', () => {
  test('is given the parsed parameters, and its query is used', () => {
    const params = z.strictObject({ from: z.string().default('2026-01-01') })
    const query = given({ params, query: ({ from }: { from?: string }) => sql`SELECT ${from}` } as never)
    expect(query).toMatchObject({ sql: 'SELECT ?', values: ['2026-01-01'] })
  })

  test('that throws fails the export with the error’s name alone, and the error goes to the log', () => {
    const error = new RangeError('secret')
    const thrown: unknown[] = []
    const failing = () => {
      throw error
    }
    const query = () => given({ query: failing }, {}, (each) => void thrown.push(each))
    expect(query).toThrow(new QueryFailed('The query function of given threw RangeError'))
    expect(thrown).toEqual([error])
  })

  test.each([
    [async () => sql`SELECT 1`, 'a promise'],
    [() => 'SELECT 1', 'a value of type string'],
    [() => undefined, 'a value of type undefined'],
  ])('fails the export if it is %s', (query, what) => {
    expect(() => given({ query: query as never })).toThrow(
      `The query function of given returned ${what}, but it must return sql\`…\``,
    )
  })
})

test('parameters that are not valid are refused, and names are suggested for the export’s own', () => {
  const params = z.strictObject({ from: z.string().optional(), more: z.strictObject({ from: z.string() }).optional() })
  const refused = (values: object) => () => given({ params }, values)
  expect(refused({ form: 'x' })).toThrow(InvalidRequest)
  expect(refused({ form: 'x' })).toThrow(
    'The parameters of given are not valid: params.form is not known; did you mean from?',
  )
  expect(refused({ more: { form: 'x' } })).toThrow(/^(?!.*did you mean)/)
})

function given(more: Partial<ExportDefinition>, params = {}, onThrown?: (error: unknown) => void) {
  const definition = defineExport({
    ...{ name: 'given', title: 'Given', columns: { id: 'Id' }, query: () => sql`SELECT 1 AS id` },
    ...more,
  } as never)
  return queryOf(definition, requestFor(definition, { params }), onThrown)
}
