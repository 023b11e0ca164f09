/** Problems that the watch over a key's values notices by itself, no matter what the database reports. */
import { isInOrder } from '../../../engine/keys/cursor-order.ts'
import { checkKeyZone, KeyWatch } from '../../../engine/keys/key.ts'
import { endsMember } from '../../../engine/keys/member.ts'
import { type Batch, NULL_FIELD, writeFieldLength } from '../../../engine/rows/batch.ts'
import type { ColumnKind, SourceColumn } from '../../../engine/rows/column.ts'
import type { Cursor } from '../../../statemachine/contract.ts'
import { KeyNotUnique } from '../../../statemachine/errors.ts'

/** The second one must not follow the first. */
const BACKWARD = [
  ['integer', '10', '9'],
  ['integer', '-9', '-10'],
  ['integer', '18446744073709551615', '18446744073709551614'],
  ['decimal', '10.00', '9.99'],
  ['decimal', '-1.5', '-1.50'],
  ['binary', 'gA==', 'fw=='],
  ['temporal', '2026-01-02', '2026-01-01'],
  ['temporal', '100:00:00', '99:59:59'],
  ['temporal', '-00:00:01.5', '-00:00:02'],
  ['text', 'a', 'a'],
] as const
const KINDS: Record<Cursor['type'], ColumnKind> = {
  integer: 'integer',
  decimal: 'decimal',
  binary: 'binary',
  temporal: 'datetime',
  text: 'text',
}

describe('two keys in a row', () => {
  test.each(BACKWARD)('are in order or not by their values: %s %s, then %s', (type, first, second) => {
    expect(isInOrder({ type, value: first }, { type, value: second })).toBe(false)
    expect(isInOrder({ type, value: second }, { type, value: first })).toBe(first !== second && first !== '-1.5')
  })
})

describe('the first row after a cursor', () => {
  test.each(BACKWARD)('fails the export if it is not after the cursor: %s %s, then %s', (type, first, second) => {
    const check = () => watchBehind({ type, value: first }).check(batchOf(type, [second]))
    expect(check).toThrow(KeyNotUnique)
    expect(check).toThrow(/does not advance: after .* returned an earlier row/)
  })

  test('is accepted if its key is greater, and a repeated text fails the export in any batch', () => {
    watchBehind({ type: 'integer', value: '9' }).check(batchOf('integer', ['10']))
    const watch = watchBehind({ type: 'text', value: 'b' })
    watch.check(batchOf('text', ['a', 'c']))
    expect(() => watch.check(batchOf('text', ['d', 'b']))).toThrow(/does not advance/)
  })

  test('is checked for each statement if a range is read by several', () => {
    const watch = watchBehind(null)
    watch.check(batchOf('integer', ['1', '2']))
    watch.continueAfter({ type: 'integer', value: '2' })
    expect(() => watch.check(batchOf('integer', ['1']))).toThrow(/does not advance/)
  })
})

describe('the keys of rows', () => {
  test.each([
    ['of different rows', ['1a', '2a', '2b', '12', '11']],
    ['of which the first is empty', ['', 'a']],
  ])('are accepted %s, within a batch and across two', (_, keys) => {
    watchBehind({ type: 'text', value: 'z' }).check(batchOf('text', keys))
    const watch = watchBehind({ type: 'text', value: 'z' })
    watch.check(batchOf('text', []))
    for (const key of keys) watch.check(batchOf('text', [key]))
  })

  test('must be unique, within a batch and across two', () => {
    const twice = /The key k has the value aa twice/
    expect(() => watchBehind({ type: 'text', value: 'z' }).check(batchOf('text', ['b', 'aa', 'aa']))).toThrow(twice)
    const watch = watchBehind({ type: 'text', value: 'z' })
    watch.check(batchOf('text', ['b', 'c']))
    watch.check(batchOf('text', []))
    watch.check(batchOf('text', ['aa']))
    watch.check(batchOf('text', []))
    expect(() => watch.check(batchOf('text', ['aa']))).toThrow(twice)
  })

  test('may be in any column and of any length, but not NULL', () => {
    const columns = [columnOf('text', 'a'), columnOf('text', 'k'), columnOf('text', 'z')]
    const long = 'x'.repeat(300)
    const watch = () => new KeyWatch(columns, 'k', '+00:00')
    const rows = [
      ['same', '1', null],
      [null, '2', 'same'],
      [long, long, 'same'],
      ['same', `${long}y`, 'same'],
    ]
    watch().check(rowsOf(rows))
    expect(() => watch().check(rowsOf([...rows, ['other', `${long}y`, null]]))).toThrow(/has the value x+y twice/)
    for (const key of ['a', 'k']) {
      const check = () => new KeyWatch(columns, key, '+00:00').check(rowsOf([[key === 'a' ? null : '1', null, '1']]))
      expect(check).toThrow(`The key ${key} is NULL in a row: a key must be NOT NULL`)
    }
    expect(watch().cursorAt(rowsOf(rows), 1)).toEqual({ type: 'text', value: '2' })
    expect(watch().cursorAt(rowsOf(rows), 2)).toEqual({ type: 'text', value: long })
  })

  test('may be the first after a cursor, but not NULL', () => {
    const after = watchBehind({ type: 'integer', value: '9' })
    after.check(batchOf('integer', []))
    expect(() => after.check(batchOf('integer', ['8', '10']))).toThrow(/does not advance/)
    const watch = watchBehind({ type: 'integer', value: '9' })
    expect(() => watch.check(rowsOf([[null], ['10']]))).toThrow(/is NULL in a row/)
  })

  test('say where the member of a compressed file ends', () => {
    const columns = [columnOf('text', 'a'), columnOf('integer', 'k')]
    const keys = Array.from({ length: 20_000 }, (_, row) => Buffer.from(String(row)))
    const batch = rowsOf(keys.map((key) => ['other', key.toString()]))
    const watch = new KeyWatch(columns, 'k', '+00:00')
    const marks = [...keys.keys()].filter((row) => endsMember(keys[row]!, 0, keys[row]!.length))
    expect(marks.length).toBeGreaterThan(1)
    expect(watch.nextMark(batch, 0)).toBe(marks[0])
    expect(watch.nextMark(batch, marks[0]! + 1)).toBe(marks[1])
    expect(watch.nextMark(batch, marks.at(-1)! + 1)).toBe(batch.rows)
  })
})

test('a key that the query does not return is refused with the columns that it does', () => {
  expect(() => new KeyWatch([columnOf('text', 'a'), columnOf('text', 'b')], 'k', '+00:00')).toThrow(
    "The query returns no column k, which is the export's key; it has a, b",
  )
})

describe('a TIMESTAMP key', () => {
  test.each(['+00:00', '+09:00', '-3:30', 'UTC'])('is accepted in %s, whose clock is never set back', (zone) => {
    expect(() => checkKeyZone({ name: 'k', kind: 'timestamp' }, zone)).not.toThrow()
  })

  test.each(['Europe/Berlin', 'Asia/Tokyo', 'SYSTEM', 'CET'])(
    'is refused in %s, where an hour may occur twice',
    (zone) => {
      expect(() => checkKeyZone({ name: 'k', kind: 'timestamp' }, zone)).toThrow(KeyNotUnique)
      expect(() => new KeyWatch([columnOf('timestamp')], 'k', zone)).toThrow(/use another key, or an offset/)
    },
  )

  test('is the only type that the zone matters to', () => {
    expect(() => checkKeyZone({ name: 'k', kind: 'datetime' }, 'Europe/Berlin')).not.toThrow()
  })
})

function watchBehind(after: Cursor | null): KeyWatch {
  return new KeyWatch([columnOf(KINDS[after?.type ?? 'integer'])], 'k', '+00:00', after)
}

function columnOf(kind: ColumnKind, name = 'k'): SourceColumn {
  const unknown = { precision: null, scale: null, unsigned: false, nullable: false, zerofill: false }
  return { name, kind, ...unknown, sortsBy: 'value' }
}

/** Makes rows that only have their keys. */
function batchOf(type: Cursor['type'], values: readonly string[]): Batch {
  return rowsOf(values.map((value) => [Buffer.from(value, type === 'binary' ? 'base64' : 'utf8')]))
}

function rowsOf(rows: readonly (readonly (string | Buffer | null)[])[]): Batch {
  const pieces = rows.map((row) => Buffer.concat(row.map(fieldOf)))
  let end = 0
  const ends = pieces.map(({ length }) => {
    end += length
    return end
  })
  return {
    bytes: Buffer.concat(pieces),
    rows: rows.length,
    starts: Int32Array.from([0, ...ends.slice(0, -1)]),
    ends: Int32Array.from(ends),
  }
}

function fieldOf(value: string | Buffer | null): Buffer {
  if (value === null) return Buffer.of(NULL_FIELD)
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(9)
  return Buffer.concat([length.subarray(0, writeFieldLength(length, 0, bytes.length)), bytes])
}
