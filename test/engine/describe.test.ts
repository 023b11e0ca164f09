/** What a catalogue says of its exports, to the construct that deploys it and to request forms. */
import { defineCatalogue, defineExport, sql, z } from '../../engine/catalogue.ts'
import { describeCatalogue, describeExports } from '../../engine/describe.ts'

const least = { title: 'A', query: () => sql`SELECT 1 AS id`, columns: { id: 'Id' } }
const daily = { expression: 'rate(1 day)', timeZone: 'UTC', recipients: ['a@example.com'] as [string] }
const orders = defineExport({
  ...least,
  ...{ name: 'orders', title: { en: 'Orders', ja: '受注' }, key: 'id', parallelism: 4, maxRows: 10 },
  params: z.strictObject({ from: z.iso.date(), to: z.iso.date().optional() }),
  schedules: { daily, paused: { ...daily, enabled: false } },
})
const catalogue = defineCatalogue([orders, defineExport({ ...least, name: 'plain' })])
const SCHEDULES = [
  { name: 'daily', ...daily, enabled: true },
  { name: 'paused', ...daily, enabled: false },
]

test('a catalogue has its exports with their schedules, which are enabled unless they say otherwise', () => {
  expect(describeCatalogue(catalogue)).toEqual([
    { name: 'orders', parallelism: 4, problems: [], schedules: SCHEDULES },
    { name: 'plain', parallelism: 1, problems: [], schedules: [] },
  ])
})

test.each([
  undefined,
  null,
  'catalogue',
  {},
  { names: ['orders'] },
  { get: () => orders },
  { names: 'orders', get: () => orders },
])('%j is not a catalogue', (value) => {
  expect(describeCatalogue(value)).toBeUndefined()
})

test('a request form has what it needs of each export', () => {
  const [first, second] = describeExports(catalogue)
  expect(first).toMatchObject({
    ...{ name: 'orders', title: { en: 'Orders', ja: '受注' }, columns: [{ en: 'Id', ja: 'Id' }] },
    ...{ resumable: true, parallelism: 4, maxRows: 10, schedules: SCHEDULES },
    params: { properties: { from: { type: 'string' }, to: { type: 'string' } }, required: ['from'] },
  })
  expect(second).toMatchObject({ resumable: false, maxRows: null, params: { properties: {}, required: [] } })
})
