import { gunzipSync, inflateRawSync, zstdDecompressSync } from 'node:zlib'
import { compressions } from '../../../engine/compressions/compression.ts'
import { Output } from '../../../engine/rows/output.ts'
import { unzstd } from '../unzstd.ts'

const TEXT = Buffer.from('id,note\r\n1,a note\r\n'.repeat(100))

test.each([
  ['gzip', gunzipSync],
  ['zstd', unzstd],
] as const)('members of %s unpack to their bytes, one after the other', async (name, unpack) => {
  const { open, cuttable, replacesExtension } = compressions[name]
  expect({ cuttable, replacesExtension }).toEqual({ cuttable: true, replacesExtension: false })
  const output = new Output(0)
  const compressor = open('orders.csv')
  for (const bytes of [TEXT, Buffer.of(), TEXT]) await compressor.member(bytes, output)
  const { length } = output
  expect(length).toBeLessThan(TEXT.length / 5)
  await compressor.end(output)
  expect(output.length).toBe(length)
  expect(unpack(output.written).equals(Buffer.concat([TEXT, TEXT]))).toBe(true)
})

test('a changed byte of zstd is found by its checksum', async () => {
  const output = new Output(0)
  const bytes = Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * i * 31) >>> 3))
  await compressions.zstd.open('orders.csv').member(bytes, output)
  const whole = Buffer.from(output.written)
  whole[whole.length - 1]! ^= 1
  expect(() => zstdDecompressSync(whole)).toThrow(/checksum/i)
})

test.each([
  ['a file of two members', [TEXT, TEXT]],
  ['a file without bytes', []],
])('a ZIP has one entry with the name and the bytes of %s', async (_, members) => {
  expect(compressions.zip).toMatchObject({ cuttable: false, replacesExtension: true })
  const output = new Output(0)
  const compressor = compressions.zip.open('orders.csv')
  for (const bytes of members) await compressor.member(bytes, output)
  await compressor.end(output)
  const file = Buffer.from(output.written).toString('latin1')
  // A local header, and a header in the directory at the end.
  expect(file.split('PK\x03\x04').length - 1).toBe(1)
  expect(file.split('PK\x01\x02').length - 1).toBe(1)
  expect(file.split('orders.csv').length - 1).toBe(2)
  const content = output.written.subarray(file.indexOf('orders.csv') + 'orders.csv'.length)
  expect(inflateRawSync(content).equals(Buffer.concat(members))).toBe(true)
})
