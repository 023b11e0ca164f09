import { isInOrder } from '../../../engine/keys/cursor-order.ts'
import type { Cursor } from '../../../statemachine/contract.ts'

test.each<[Cursor['type'], string, string]>([
  ['integer', '9', '10'],
  ['integer', '-10', '-9'],
  ['integer', '9223372036854775807', '18446744073709551615'],
  ['decimal', '9.5', '10.25'],
  ['decimal', '1.10', '1.2'],
  ['decimal', '-1.2', '-1.10'],
  ['binary', Buffer.of(1, 255).toString('base64'), Buffer.of(2).toString('base64')],
  ['temporal', '2025-12-31 23:59:59', '2026-01-01 00:00:00'],
  ['temporal', '-838:59:59', '-00:00:01'],
  ['temporal', '09:00:00', '100:00:00'],
  ['temporal', '00:59:59', '01:00:00'],
  ['temporal', '10:10:59', '10:20:00'],
  ['temporal', '-00:00:01', '00:00:01'],
])('%s keys are in the server’s order: %s before %s', (type, first, second) => {
  const [one, other] = [{ type, value: first } as Cursor, { type, value: second } as Cursor]
  expect(isInOrder(one, other)).toBe(true)
  expect(isInOrder(other, one)).toBe(false)
  expect(isInOrder(one, one)).toBe(false)
})

test('only the server knows the order of texts, and of keys of two types', () => {
  const [a, b] = [{ type: 'text', value: 'b' } as Cursor, { type: 'text', value: 'a' } as Cursor]
  expect([isInOrder(a, b), isInOrder(b, a), isInOrder(a, a)]).toEqual([true, true, false])
  expect(isInOrder({ type: 'integer', value: '2' } as Cursor, { type: 'decimal', value: '1.5' } as Cursor)).toBe(true)
})
