/** What a catalogue says of its exports, as plain data. */
import * as z from 'zod'
import { defineCatalogue, defineExport, sql } from '../../engine/catalogue.ts'
import { describeCatalogue, describeExports } from '../../engine/describe.ts'

const orders = defineExport({
  name: 'orders',
  title: { en: 'Orders', ja: '受注一覧' },
  params: z.strictObject({ from: z.iso.date(), note: z.string().optional() }),
  query: () => sql`SELECT id FROM orders`,
  key: 'id',
  columns: { id: { en: 'Order no.', ja: '受注番号' } },
  schedules: {
    daily: {
      expression: 'cron(0 6 * * ? *)',
      timeZone: 'Asia/Tokyo',
      recipients: ['a@example.com'],
      params: () => ({ from: '2026-01-01' }),
    },
    paused: {
      ...{
        expression: 'rate(1 day)',
        timeZone: 'UTC',
        recipients: ['a@example.com'],
        params: () => ({ from: '2026-01-01' }),
      },
      enabled: false,
    },
  },
})
const items = defineExport({
  name: 'items',
  title: 'Items',
  query: () => sql`SELECT id FROM items`,
  columns: { id: 'Id' },
})
const catalogue = defineCatalogue([orders, items])
const schedules = [
  {
    name: 'daily',
    expression: 'cron(0 6 * * ? *)',
    timeZone: 'Asia/Tokyo',
    recipients: ['a@example.com'],
    enabled: true,
  },
  { name: 'paused', expression: 'rate(1 day)', timeZone: 'UTC', recipients: ['a@example.com'], enabled: false },
]

test('a catalogue has a summary of each export, with its schedules', () => {
  expect(describeCatalogue(catalogue)).toEqual([
    { name: 'orders', parallelism: 1, problems: [], schedules },
    { name: 'items', parallelism: 1, problems: [], schedules: [] },
  ])
})

test.each([
  ['nothing', undefined],
  ['null', null],
  ['an object without names', { get: () => orders }],
  ['an object without exports', { names: ['orders'] }],
])('%s is no catalogue', (_, value) => {
  expect(describeCatalogue(value)).toBeUndefined()
})

test('an export says what a requester must know, in both languages', () => {
  const [first, second] = describeExports(catalogue)
  expect(first).toMatchObject({
    name: 'orders',
    title: { en: 'Orders', ja: '受注一覧' },
    params: { properties: { from: { type: 'string', format: 'date' }, note: { type: 'string' } }, required: ['from'] },
    columns: [{ en: 'Order no.', ja: '受注番号' }],
    resumable: true,
    schedules,
  })
  expect(second).toMatchObject({
    ...{
      title: { en: 'Items', ja: 'Items' },
      params: { properties: {}, required: [] },
      resumable: false,
      schedules: [],
    },
  })
})
