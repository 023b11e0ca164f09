import fc from 'fast-check'
import type { Row } from '../../../engine/catalogue.ts'
import { type Batch, locateFields } from '../../../engine/rows/batch.ts'
import { Transform, transformedColumns } from '../../../engine/rows/transform.ts'
import { TransformFailed } from '../../../statemachine/errors.ts'
import { givenBatch, givenColumn } from '../formats/support.ts'

const COLUMNS = [
  givenColumn('id', 'integer', { precision: 8 }),
  givenColumn('a "quoted" name', 'integer', { precision: 4 }),
  givenColumn('日時', 'datetime'),
  givenColumn('text', 'text'),
  givenColumn('note', 'text'),
]
const NAMES = COLUMNS.map(({ name }) => name)

const ONE = givenBatch([['7', null, null, 'a', 'b']])

const text = fc.option(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 90 }), fc.string({ maxLength: 8000 })))
const rows = fc.array(
  fc.tuple(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
    fc.option(fc.integer().map(String)),
    fc.constantFrom('2026-02-28 23:59:59', null),
    text,
    text,
  ),
  { minLength: 1, maxLength: 20 },
)

test('rows that are returned unchanged keep their bytes, whatever is in them', () => {
  fc.assert(
    fc.property(rows, (given) => {
      expect(
        textsOf(
          transformed((row) => ({ ...row }), NAMES, givenBatch(given)),
          NAMES.length,
        ),
      ).toEqual(given)
    }),
  )
})

test('each column has the function’s result, in the file’s order', () => {
  fc.assert(
    fc.property(
      rows,
      fc.array(text, { minLength: 1 }),
      fc.shuffledSubarray(NAMES, { minLength: 1 }),
      (given, texts, names) => {
        let calls = 0
        const change = (row: Row) => ({ ...row, note: texts[calls++ % texts.length] ?? null })
        const expected = given.map((row, index) =>
          names.map((name) => (name === 'note' ? (texts[index % texts.length] ?? null) : row[NAMES.indexOf(name)])),
        )
        expect(textsOf(transformed(change, names, givenBatch(given)), names.length)).toEqual(expected)
      },
    ),
  )
})

test.each([64, 65, 128, 129, 251, 252, 4096, 4097, 70_000])(
  'fields and rows of %i bytes are read and written as short ones are',
  (length) => {
    const long = 'x'.repeat(length)
    const given = [
      ['1', '2', '2026-02-28 23:59:59', long, 'short'],
      ['2', null, null, 'short', `${long}y`],
      ['3', '4', null, `あ${long}`, null],
    ]
    const swapped = given.map(([id, quoted, time, text, note]) => [id, quoted, time, note, text])
    const swap = (row: Row) => ({ ...row, text: row.note!, note: row.text! })
    expect(
      textsOf(
        transformed((row) => ({ ...row }), NAMES, givenBatch(given)),
        NAMES.length,
      ),
    ).toEqual(given)
    expect(textsOf(transformed(swap, NAMES, givenBatch(given)), NAMES.length)).toEqual(swapped)
  },
)

test('columns that are not changed keep their bytes, whichever others are changed', () => {
  const source = [...COLUMNS.slice(0, 3), givenColumn('bits', 'bit', { precision: 8 }), ...COLUMNS.slice(3)]
  const given = source.map(({ name }) => name)
  const file = fc.shuffledSubarray([...given, 'made'], { minLength: 1 })
  const changed = fc.subarray(['id', '日時', 'text', 'note'])
  fc.assert(
    fc.property(rows, file, changed, text, (lines, names, columns, other) => {
      const withBits = lines.map((line) => [...line.slice(0, 3), '\x07', ...line.slice(3)])
      const change = (row: Row) => ({
        ...row,
        made: 'made',
        ...Object.fromEntries(columns.map((name) => [name, other])),
      })
      const expected = withBits.map((line) =>
        names.map((name) => {
          if (columns.includes(name)) return other
          return name === 'made' ? 'made' : name === 'bits' ? '7' : line[given.indexOf(name)]
        }),
      )
      const written = new Transform(change, source, names, () => 'a row').apply(givenBatch(withBits))
      expect(textsOf(written, names.length)).toEqual(expected)
    }),
  )
})

test('numbers with leading zeros, bytes and bits are written as ever while unchanged', () => {
  const source = [
    givenColumn('id', 'integer', { precision: 8 }),
    givenColumn('padded', 'integer', { precision: 4, zerofill: true }),
    givenColumn('bytes', 'binary'),
    givenColumn('bits', 'bit', { precision: 8 }),
    givenColumn('amount', 'decimal'),
  ]
  const names = source.map(({ name }) => name)
  const given = givenBatch([['1', '00042', Buffer.from([0xfb, 0xff]), '\x07', '1.50']])
  const written = new Transform(
    (row) => ({ ...row }),
    source,
    names,
    () => 'a row',
  ).apply(given)
  expect(textsOf(written, names.length)).toEqual([['1', '00042', '+/8=', '7', '1.50']])
})

test('columns have the kinds of what is written in place of bytes and bits', () => {
  const source = [
    givenColumn('bytes', 'binary', { nullable: false }),
    givenColumn('bits', 'bit', { precision: 3 }),
    givenColumn('id', 'integer', { precision: 4, unsigned: true }),
    givenColumn('amount', 'decimal', { precision: 9, scale: 2 }),
  ]
  const kinds = transformedColumns(source).map(({ kind, precision, unsigned, transformedFrom, nullable, index }) => [
    kind,
    precision,
    unsigned,
    transformedFrom,
    nullable,
    index,
  ])
  expect(kinds).toEqual([
    ['text', null, false, 'binary', true, 0],
    ['integer', 8, true, 'bit', true, 1],
    ['integer', 4, true, 'integer', true, 2],
    ['decimal', 9, false, 'decimal', true, 3],
  ])
})

test('batches of any sizes come one after the other', () => {
  const transform = new Transform(
    (row) => ({ ...row, text: `<${row.text}>` }),
    COLUMNS,
    NAMES,
    () => 'a row',
  )
  for (const count of [3, 1, 500]) {
    const given = Array.from({ length: count }, (_, i) => [`${i}`, null, null, `text ${count} ${i}`, 'note'])
    const expected = given.map(([id, , , text, note]) => [id, null, null, `<${text}>`, note])
    const written = transform.apply(givenBatch(given))
    expect(textsOf(written, NAMES.length)).toEqual(expected)
    // The rows of earlier batches take no room.
    expect(written.starts[0]).toBe(0)
  }
})

test.each(['x', 'éé', 'a text of many letters', 'é'.repeat(200)])(
  'there is room for any number of values: %j',
  (value) => {
    const names = Array.from({ length: 100 }, (_, i) => `c${i}`)
    const written = Object.fromEntries(names.map((name) => [name, value]))
    const columns = names.map((name) => givenColumn(name, 'text'))
    const row = Buffer.alloc(2 * names.length, '\x01y')
    // The output has a quarter of a megabyte before it must grow.
    const rows = Math.ceil(300_000 / names.length / (1 + Buffer.byteLength(value)))
    const starts = Int32Array.from({ length: rows }, (_, i) => i * row.length)
    const given = {
      bytes: Buffer.alloc(rows * row.length, row),
      rows,
      starts,
      ends: starts.map((at) => at + row.length),
    }
    const result = new Transform(
      () => written,
      columns,
      names,
      () => 'a row',
    ).apply(given)
    const [first, ...others] = Array.from({ length: rows }, (_, i) =>
      result.bytes.subarray(result.starts[i]!, result.ends[i]!),
    )
    expect(textsOf(result, names.length)[0]).toEqual(names.map(() => value))
    expect(others.filter((other) => !other.equals(first!))).toEqual([])
  },
)

test('the function sees numbers, exact integers, dates as text, and NULL', () => {
  const seen: Row[] = []
  transformed(
    (row) => {
      seen.push(row)
      return row
    },
    NAMES,
    givenBatch([
      ['-9223372036854775808', '-2147483648', '2026-02-28 23:59:59', 'plain', 'ü'],
      ['7', null, null, '', null],
    ]),
  )
  expect(seen).toEqual([
    { id: -(2n ** 63n), 'a "quoted" name': -2147483648, 日時: '2026-02-28 23:59:59', text: 'plain', note: 'ü' },
    { id: 7n, 'a "quoted" name': null, 日時: null, text: '', note: null },
  ])
})

describe('what the function returns for a column', () => {
  const circular: { [name: string]: unknown } = {}
  circular.self = circular

  test.each<[unknown, string]>([
    [{ n: 2n ** 63n, of: [1n, { m: -7n }] }, '{"n":9223372036854775808,"of":[1,{"m":-7}]}'],
    [{ '\ud800': '\ud800' }, '{"\\ud800":"\\ud800"}'],
    ['a\ud800b', 'a\ufffdb'],
    ['\u007f', '\u007f'],
    ['\u0080', '\u0080'],
    ['é'.repeat(300), 'é'.repeat(300)],
    [true, 'true'],
    [-0.5, '-0.5'],
    [Buffer.from([0xfb, 0xff]), '+/8='],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
  ])('%p is written %s', (value, text) => {
    expect(
      textsOf(
        transformed(() => ({ note: value }), ['note'], ONE),
        1,
      ),
    ).toEqual([[text]])
  })

  const refused = 'which cannot be written, for column note at row 0'
  test.each<[string, unknown, string]>([
    ['a circular object', circular, `an object, ${refused}: TypeError`],
    ['what throws', { toJSON: () => fail(Object.create(null)) }, `an object, ${refused}: an error`],
    ['an object without JSON', { toJSON: () => undefined }, `an object, ${refused}`],
    ['an object that is gone', revoked(), `an object, ${refused}: TypeError`],
    ['an invalid date', new Date(Number.NaN), `an invalid date, ${refused}`],
    ['NaN', Number.NaN, `NaN, ${refused}`],
    ['a function', () => 1, `a function, ${refused}`],
    ['a symbol', Symbol('s'), `a symbol, ${refused}`],
    ['nothing', undefined, 'no value for column note at row 0'],
  ])('is refused if it is %s, naming row and column', (_, value, message) => {
    const transforming = () => transformed(() => ({ note: value }), ['note'], ONE)
    expect(transforming).toThrow(TransformFailed)
    expect(transforming).toThrow(`The row function returned ${message}`)
  })

  test('is refused if a column that only the function makes is missing', () => {
    expect(() => transformed((row) => ({ ...row }), ['id', 'made'], ONE)).toThrow(
      'The row function returned no value for column made at row 0',
    )
  })
})

describe('a function', () => {
  test.each<[string, () => unknown, string]>([
    ['that throws what has no text', () => fail(Object.create(null)), 'The row function threw an error at row 0'],
    [
      'whose row has a getter that throws',
      () => Object.defineProperty({ id: 1 }, 'note', { get: () => fail(new RangeError('shy')) }),
      'The row that the row function returned threw RangeError for column note at row 0',
    ],
    [
      'whose row throws when it is asked for anything',
      () => new Proxy({}, { get: () => fail(new RangeError('shy')) }),
      'The row that the row function returned threw RangeError for column id at row 0',
    ],
    ['that returns a promise', async () => ({}), 'The row function returned a promise instead of a row at row 0'],
    ['that returns null', () => null, 'The row function returned null instead of a row at row 0'],
    ['that returns a number', () => 7, 'The row function returned 7 instead of a row at row 0'],
    ['that returns nothing', () => undefined, 'The row function returned undefined instead of a row at row 0'],
    ['that returns a secret', () => 'secret', 'The row function returned a string instead of a row at row 0'],
  ])('%s is refused', (_, row, message) => {
    const transforming = () => transformed(row as never, ['id', 'note'], ONE)
    expect(transforming).toThrow(TransformFailed)
    expect(transforming).toThrow(message)
  })

  test.each<[string, unknown, string]>([
    ['an error', new TypeError('no mail: hanako@example.com'), 'threw TypeError at row 0'],
    [
      'an error with data for a name',
      Object.assign(new Error(), { name: 'hanako@example.com' }),
      'threw an error at row 0',
    ],
    ['a text', 'hanako@example.com', 'threw a string at row 0'],
  ])('that throws %s is reported by that name only; the rest goes to its author', (_, thrown, message) => {
    const seen: unknown[] = []
    const transform = new Transform(
      () => fail(thrown),
      [givenColumn('id', 'text')],
      ['id'],
      () => 'row 0',
      (error) => seen.push(error),
    )
    const apply = () => transform.apply(givenBatch([['hanako@example.com']]))
    let failed: unknown
    try {
      apply()
    } catch (error) {
      failed = error
    }
    expect(failed).toBeInstanceOf(TransformFailed)
    expect((failed as Error).message).toBe(`The row function ${message}`)
    expect((failed as Error).cause).toBeUndefined()
    expect(seen).toEqual([thrown])
  })

  test('gets columns named then and __proto__, and returns them', () => {
    const columns = ['then', '__proto__', 'constructor'].map((name) => givenColumn(name, 'text'))
    const seen: string[][] = []
    const row = (row: Row) => {
      seen.push(Object.keys(row))
      return { ...row }
    }
    const names = columns.map(({ name }) => name)
    const batch = new Transform(row, columns, names, () => 'a row').apply(givenBatch([['a', 'b', 'c']]))
    expect(textsOf(batch, 3)).toEqual([['a', 'b', 'c']])
    expect(seen).toEqual([names])
  })
})

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

/** Throws, as an expression. */
function fail(error: unknown): never {
  throw error
}

function transformed(row: (row: Row) => object, names: readonly string[], batch: Batch): Batch {
  return new Transform(row as never, COLUMNS, names, (index) => `row ${index}`).apply(batch)
}

function textsOf(batch: Batch, columns: number): (string | null)[][] {
  const starts = new Int32Array(columns)
  const ends = new Int32Array(columns)
  return Array.from({ length: batch.rows }, (_, row) => {
    expect(locateFields(batch.bytes, batch.starts[row]!, columns, starts, ends)).toBe(batch.ends[row])
    return Array.from(starts, (start, index) =>
      start === -1 ? null : batch.bytes.toString('utf8', start, ends[index]),
    )
  })
}
