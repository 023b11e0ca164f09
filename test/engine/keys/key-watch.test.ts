/** Problems that the watch over a key's values notices by itself, no matter what the database reports. */
import { isInOrder } from '../../../engine/keys/cursor-order.ts'
import { checkKeyZone, KeyWatch } from '../../../engine/keys/key.ts'
import type { Batch } from '../../../engine/rows/batch.ts'
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
    for (const key of keys) watch.check(batchOf('text', [key]))
  })

  test('must be unique, within a batch and across two', () => {
    const twice = /The key k has the value aa twice/
    expect(() => watchBehind({ type: 'text', value: 'z' }).check(batchOf('text', ['b', 'aa', 'aa']))).toThrow(twice)
    const watch = watchBehind({ type: 'text', value: 'z' })
    watch.check(batchOf('text', ['b', 'aa']))
    expect(() => watch.check(batchOf('text', ['aa']))).toThrow(twice)
  })
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

function columnOf(kind: ColumnKind): SourceColumn {
  const unknown = { precision: null, scale: null, unsigned: false, nullable: false, zerofill: false }
  return { name: 'k', kind, ...unknown, sortsBy: 'value' }
}

/** Makes rows that only have their keys. */
function batchOf(type: Cursor['type'], values: readonly string[]): Batch {
  const keys = values.map((value) => Buffer.from(value, type === 'binary' ? 'base64' : 'utf8'))
  let end = 0
  const ends = keys.map((key) => {
    end += 1 + key.length
    return end
  })
  return {
    bytes: Buffer.concat(keys.flatMap((key) => [Buffer.of(key.length), key])),
    rows: keys.length,
    starts: Int32Array.from([0, ...ends.slice(0, -1)]),
    ends: Int32Array.from(ends),
  }
}
