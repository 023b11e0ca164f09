import fc from 'fast-check'
import { combineCrc32, crc32 } from '../../../engine/stores/crc32.ts'
import { crcFromHex, crcToHex } from '../../../statemachine/crc-hex.ts'

it('returns the standard’s sum of its check string', () => {
  expect(crcToHex(crc32(Buffer.from('123456789')))).toBe('cbf43926')
})

it('combines the sums of two pieces', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), fc.uint8Array({ maxLength: 5000 }), (a, b) => {
      expect(combineCrc32(crc32(a), crc32(b), b.length)).toBe(crc32(Buffer.concat([a, b])))
    }),
  )
})

it('combines pieces longer than a 32-bit number', () => {
  // 2³³ zero bytes, by doubling.
  let zeros = crc32(new Uint8Array(1))
  for (let doubling = 0; doubling < 33; doubling++) zeros = combineCrc32(zeros, zeros, 2 ** doubling)
  const half = combineCrc32(crc32(Buffer.from('a')), zeros, 2 ** 33)
  let slowly = crc32(Buffer.from('a'))
  let quarter = crc32(new Uint8Array(1))
  for (let doubling = 0; doubling < 31; doubling++) quarter = combineCrc32(quarter, quarter, 2 ** doubling)
  for (let piece = 0; piece < 4; piece++) slowly = combineCrc32(slowly, quarter, 2 ** 31)
  expect(half).toBe(slowly)
})

it('is written with all its digits', () => {
  expect(crcToHex(0xabc)).toBe('00000abc')
  expect(crcFromHex('00000abc')).toBe(0xabc)
})
