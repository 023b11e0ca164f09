import { crcFromHex, crcToHex } from '../../statemachine/crc-hex.ts'

test.each([
  [0, '00000000'],
  [0xbadcafe, '0badcafe'],
  [0xffffffff, 'ffffffff'],
])('the sum %i is written as %s and read again', (crc, hex) => {
  expect([crcToHex(crc), crcFromHex(hex)]).toEqual([hex, crc])
})
