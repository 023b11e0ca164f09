import { defineCatalogue, defineExport, sql } from '../../../engine/catalogue.ts'
import { forecast, isCuttable, refuseTooMany, whyNotContinued } from '../../../engine/plan/limits.ts'
import { prepare } from '../../../engine/prepare.ts'
import type { Request } from '../../../statemachine/contract.ts'
import { ExportTooLong, TooManyRows } from '../../../statemachine/errors.ts'
import { requestFor } from '../harness.ts'

const query = () => sql`SELECT id FROM items`
const items = defineExport({
  name: 'items',
  title: 'Items',
  query,
  key: 'id',
  columns: { id: 'No.' },
  formats: ['csv', 'jsonl', 'xlsx', 'parquet'],
  compressions: ['none', 'gzip', 'zip'],
})
const keyless = defineExport({
  name: 'keyless',
  title: 'Keyless',
  query,
  columns: { id: 'No.' },
  formats: ['csv', 'xlsx'],
})

const planOf = (definition = items, request: Partial<Request> = {}) =>
  prepare(requestFor(definition, request), { catalogue: defineCatalogue([definition]), now: new Date() }).plan

/** Fourteen minutes, as the function has. */
const seconds = 840

describe('before an export starts', () => {
  test.each<[string, Partial<Request>]>([
    ['csv', {}],
    ['gzip', { compression: 'gzip' }],
    ['jsonl', { format: 'jsonl' }],
  ])('%s is not checked, because it can be continued', (_, request) => {
    expect(forecast(items, planOf(items, request), { rows: 1e12, seconds })).toBeNull()
  })

  test.each<[string, Partial<Request>, string]>([
    ['xlsx', { format: 'xlsx' }, 'csv'],
    ['parquet', { format: 'parquet' }, 'csv'],
    ['zip', { compression: 'zip' }, 'gzip'],
  ])(
    '%s that cannot be continued gets a warning if it looks too long, and is refused if it is hopeless',
    (part, request, instead) => {
      const plan = planOf(items, request)
      expect(forecast(items, plan, { rows: 1e6, seconds })).toBeNull()
      expect(forecast(items, plan, { rows: 1e9, seconds })).toMatch(
        new RegExp(`about 1000000000 rows by the database’s estimate, .+; ${part} cannot be continued after the 840 s`),
      )
      expect(() => forecast(items, plan, { rows: 1e11, seconds })).toThrow(ExportTooLong)
      expect(() => forecast(items, plan, { rows: 1e11, seconds })).toThrow(`: choose ${instead}, or narrow the request`)
    },
  )

  test('an export is refused only if it looks more than twenty times too long', () => {
    const plan = planOf(items, { format: 'xlsx' })
    expect(forecast(items, plan, { rows: 19.9e6, seconds: 10 })).toMatch(/which take about 199 s as xlsx/)
    expect(() => forecast(items, plan, { rows: 20.1e6, seconds: 10 })).toThrow(/which take about 201 s as xlsx/)
  })

  test('an export without a key is told to have one', () => {
    expect(() => forecast(keyless, planOf(keyless), { rows: 1e11, seconds })).toThrow(
      /an export without a key cannot be continued .+: give it a key, or narrow the request/,
    )
    expect(() => forecast(keyless, planOf(keyless, { format: 'xlsx' }), { rows: 1e11, seconds })).toThrow(
      ': give it a key and choose csv, or narrow the request',
    )
  })

  test('there is no warning if the number of rows is unknown', () => {
    expect(forecast(items, planOf(items, { format: 'xlsx' }), { rows: null, seconds })).toBeNull()
  })
})

test('an export can be continued if it has a key and a file that can be joined', () => {
  expect(whyNotContinued(items, planOf())).toBeNull()
  expect(whyNotContinued(items, planOf(items, { format: 'parquet' }))).toMatch(/parquet cannot be continued/)
  expect(whyNotContinued(keyless, planOf(keyless))).toMatch(/no key, which it needs to be continued/)
  expect([planOf(), planOf(items, { compression: 'zip' })].map(isCuttable)).toEqual([true, false])
})

test('rows beyond the limit are refused, whether the export or the format sets it', () => {
  expect(() => refuseTooMany('items', { maxRows: null }, 1e12)).not.toThrow()
  expect(() => refuseTooMany('items', { maxRows: 10 }, 10)).not.toThrow()
  expect(() => refuseTooMany('items', { maxRows: 10 }, 11)).toThrow(TooManyRows)
  expect(() => refuseTooMany('items', { maxRows: 10 }, 11)).toThrow(/items exceeds its limit of 10 rows/)
})
