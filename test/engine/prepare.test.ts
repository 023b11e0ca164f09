import { defineCatalogue, defineExport, sql, z } from '../../engine/catalogue.ts'
import { prepare } from '../../engine/prepare.ts'
import { catalogue } from '../../exports/index.ts'
import { InvalidRequest, UnknownExport } from '../../statemachine/errors.ts'

const now = new Date('2026-03-04T05:06:07.890Z')
const good = {
  id: 'click-1',
  export: 'orders',
  params: { from: '2026-01-01', to: '2026-02-01' },
  requestedBy: 'reader@example.com',
}
const plan = (change: object = {}) => prepare({ ...good, ...change }, { catalogue, now })

it('plans the file of a request', () => {
  expect(plan()).toEqual({
    request: good,
    plan: {
      title: 'Orders',
      fileName: 'Orders 2026-01-01 2026-02-01.csv',
      key: 'files/click-1/orders_2026-01-01_2026-02-01.csv',
      format: 'csv',
      compression: 'none',
      encoding: 'utf-8',
      language: 'en',
      contentType: 'text/csv; charset=utf-8',
      parallelism: 1,
      maxRows: null,
      estimatedRows: null,
      preparedAt: '2026-03-04T05:06:07.890Z',
    },
    ranges: [
      {
        index: 0,
        after: null,
        upTo: null,
        cursor: null,
        done: false,
        ...{ chunks: 0, rows: 0, bytes: 0, crc32: '00000000', firstRowAt: null, last: null },
        consistency: 'snapshot',
      },
    ],
  })
})

it('records the digest of the deployed code, if there is one', () => {
  expect(prepare(good, { catalogue, now, digest: 'abc' }).plan.catalogue).toBe('abc')
  expect(plan().plan).not.toHaveProperty('catalogue')
})

it('plans as many ranges as the export wants, the database allows and a Map runs at once', () => {
  const wide = defineExport({
    name: 'wide',
    title: 'Wide',
    query: () => sql`SELECT 1 AS id`,
    key: 'id',
    columns: { id: 'Id' },
    formats: ['csv', 'xlsx'],
    parallelism: 100,
  })
  const parallelism = (change: object, slots?: number) => {
    const options = { catalogue: defineCatalogue([wide]), now, ...(slots !== undefined && { slots }) }
    return prepare({ ...good, export: 'wide', params: {}, ...change }, options).plan.parallelism
  }
  expect([parallelism({}), parallelism({}, 3), parallelism({ format: 'xlsx' })]).toEqual([40, 3, 1])
})

describe('the day in the file’s name', () => {
  const evening = new Date('2026-01-31T22:00:00Z')
  const named = (own: string | undefined, timeZone?: string) => {
    const columns = { id: 'Id' }
    const days = defineExport({
      name: 'days',
      title: 'Days',
      query: () => sql`SELECT 1 AS id`,
      columns,
      timeZone: own!,
    })
    const options = { catalogue: defineCatalogue([days]), now: evening, ...(timeZone && { timeZone }) }
    const { fileName, key } = prepare({ ...good, export: 'days', params: {} }, options).plan
    return [fileName, key]
  }

  it.each([
    [undefined, undefined, '2026-01-31'],
    [undefined, '+09:00', '2026-02-01'],
    ['+09:00', undefined, '2026-02-01'],
    ['-03:00', '+09:00', '2026-01-31'],
    ['Asia/Tokyo', undefined, '2026-02-01'],
    ['+9:00', undefined, '2026-02-01'],
    [undefined, '-13:59', '2026-01-31'],
  ])('of an export in %s, in a stack in %s, is %s', (own, stack, day) => {
    expect(named(own, stack)).toEqual([`Days ${day}.csv`, `files/click-1/days_${day}.csv`])
  })
})

it('plans the same file for the same request', () => {
  expect(plan()).toEqual(plan())
})

it.each([
  [{ language: 'ja' }, '受注一覧 2026-01-01 2026-02-01.csv', 'text/csv; charset=utf-8'],
  [{ format: 'tsv' }, 'Orders 2026-01-01 2026-02-01.tsv', 'text/tab-separated-values; charset=utf-8'],
  [{ format: 'jsonl' }, 'Orders 2026-01-01 2026-02-01.jsonl', 'application/jsonl'],
  [
    { format: 'xlsx' },
    'Orders 2026-01-01 2026-02-01.xlsx',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  ],
  [{ compression: 'gzip' }, 'Orders 2026-01-01 2026-02-01.csv.gz', 'application/gzip'],
  [{ compression: 'zstd', format: 'jsonl' }, 'Orders 2026-01-01 2026-02-01.jsonl.zst', 'application/zstd'],
  [{ compression: 'zip' }, 'Orders 2026-01-01 2026-02-01.zip', 'application/zip'],
  [
    { format: 'xlsx', compression: 'none', encoding: 'utf-8' },
    'Orders 2026-01-01 2026-02-01.xlsx',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  ],
])('names and types the file of %j', (change, fileName, contentType) => {
  expect(plan(change).plan).toMatchObject({ fileName, contentType })
})

describe('a request that is refused', () => {
  it.each([
    ['no JSON', { message: 'hello' }, /^The message is not a JSON object\. A request is JSON like/],
    ['a list', [], /^A request must be a JSON object/],
    ['nothing', null, /^A request must be a JSON object/],
    ['a text', 'orders', /^A request must be a JSON object/],
    ['an empty object', {}, /id is missing; export is missing/],
    ['a message beside an export', { ...good, message: 'hello' }, /message is not known/],
    [
      'a body over the limit',
      { message: '{', problem: 'The message has 300000 bytes; a request has at most 262144.' },
      /^The message has 300000 bytes/,
    ],
    ['no export', { ...good, export: undefined }, /export is missing/],
    ['no address', { ...good, requestedBy: undefined }, /requestedBy is missing/],
    ['a bad address', { ...good, requestedBy: 'me' }, /requestedBy is wrong: it must be an e-mail address/],
    [
      'an id that is not an execution name',
      { ...good, id: 'a b' },
      /id is wrong: it must be 1 to 80 characters of A-Z a-z 0-9 - _/,
    ],
    ['an unknown key', { ...good, formt: 'csv' }, /formt is not known; did you mean format\?/],
    [
      'an unknown format',
      { ...good, format: 'pdf' },
      /format is wrong: it must be one of csv, tsv, jsonl, xlsx, parquet/,
    ],
    ['several problems', { export: 'orders' }, /id is missing; requestedBy is missing/],
    [
      'a missing parameter',
      { ...good, params: { from: '2026-01-01' } },
      /^The parameters of orders are not valid: params\.to is missing \(expected string\)$/,
    ],
    [
      'an unknown parameter',
      { ...good, params: { ...good.params, form: 'x' } },
      /params\.form is not known; did you mean from\?/,
    ],
    ['an ill-typed parameter', { ...good, params: { from: 5, to: '2026-02-01' } }, /params\.from must be a string$/],
    [
      'SQL for a parameter',
      { ...good, params: { from: "' OR 1=1 --", to: '2026-02-01' } },
      /params\.from is wrong: Invalid ISO date$/,
    ],
    ['a compressed workbook', { ...good, format: 'xlsx', compression: 'gzip' }, /xlsx is already compressed/],
    ['an encoded workbook', { ...good, format: 'xlsx', encoding: 'cp932' }, /xlsx has no encoding to choose/],
    [
      'an encoding that is not offered',
      { ...good, export: 'customers', params: {}, encoding: 'cp932' },
      /customers does not offer cp932; it offers utf-8, utf-8-bom/,
    ],
  ])('for %s says so', (_, body, message) => {
    const refused = () => prepare(body, { catalogue, now })
    expect(refused).toThrow(InvalidRequest)
    expect(refused).toThrow(message)
  })

  it('for an unknown export names a similar one, and all of them', () => {
    expect(() => plan({ export: 'order' })).toThrow(UnknownExport)
    expect(() => plan({ export: 'order' })).toThrow(
      'There is no export "order"; did you mean "orders"? The catalogue has orders, customers, order-items.',
    )
  })

  it('does not repeat its values', () => {
    expect(() => plan({ params: { from: 'private', to: 'private' } })).toThrow(/^(?!.*private)/)
  })
})

describe('the message of a schedule', () => {
  const orders = defineExport({
    name: 'orders',
    title: 'Orders',
    params: z.strictObject({ from: z.iso.date(), to: z.iso.date() }),
    query: () => sql`SELECT 1 AS id`,
    columns: { id: 'No.' },
    schedules: {
      daily: {
        expression: 'cron(0 6 * * ? *)',
        timeZone: 'Asia/Tokyo',
        params: ({ today, day }) => ({ from: day(-1), to: today }),
        recipients: ['first@example.com', 'second@example.com', 'third@example.com'],
        language: 'ja',
      },
      wrong: {
        expression: 'rate(1 day)',
        timeZone: 'UTC',
        params: () => {
          throw new RangeError('secret')
        },
        recipients: ['first@example.com'],
      },
      alone: {
        expression: 'rate(1 day)',
        timeZone: 'UTC',
        params: ({ today }) => ({ from: today, to: today }),
        recipients: ['first@example.com'],
      },
      both: {
        expression: 'rate(1 day)',
        timeZone: 'UTC',
        params: ({ today }) => ({ from: today, to: today }),
        recipients: ['first@example.com', 'second@example.com'],
      },
    },
  })
  const own = defineCatalogue([orders])
  const message = {
    schedule: 'daily',
    export: 'orders',
    scheduledAt: '2026-02-28T21:00:00Z',
    requestedBy: 'old@example.com',
  }

  it('becomes a request for the day on which it was due, in its time zone, for its recipients', () => {
    expect(prepare(message, { catalogue: own, now }).request).toEqual({
      ...{ id: 'orders_daily_20260228T210000Z', export: 'orders', language: 'ja', timeZone: 'Asia/Tokyo' },
      ...{ params: { from: '2026-02-28', to: '2026-03-01' }, requestedBy: 'first@example.com' },
      ...{ schedule: 'daily', scheduledAt: '2026-02-28T21:00:00Z' },
      alsoTo: ['second@example.com', 'third@example.com'],
    })
  })

  it('names further recipients only if there are any', () => {
    const requested = (schedule: string) => prepare({ ...message, schedule }, { catalogue: own, now }).request
    expect(requested('alone')).not.toHaveProperty('alsoTo')
    expect(requested('both').alsoTo).toEqual(['second@example.com'])
  })

  it('is refused if the catalogue has no such schedule, or its params throws', () => {
    const prepared = (change: object) => () => prepare({ ...message, ...change }, { catalogue: own, now })
    expect(prepared({ schedule: 'hourly' })).toThrow(
      'The export orders has no schedule "hourly"; it has daily, wrong, alone, both.',
    )
    expect(prepared({ schedule: 'wrong' })).toThrow('orders.schedules.wrong: params threw RangeError for 2026-02-28.')
    expect(prepared({ export: 'nothing' })).toThrow(UnknownExport)
  })
})
