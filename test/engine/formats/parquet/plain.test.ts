import {
  readBigWhole,
  readWhole,
  writeBigInt64,
  writeBytes,
  writeDouble,
  writeFixed,
  writeFloat,
  writeInt32,
  writeMicros,
  writeWholeInt64,
} from '../../../../engine/formats/parquet/plain.ts'
import { Output } from '../../../../engine/rows/output.ts'
import { sourceOf } from '../../../../engine/rows/words.ts'

const WHOLE = [
  ...['0', '-1', '7', '12.34', '-0.05', '4294967295', '4294967296', '-4294967296', '123456789012345'],
  ...['-12345678901234', '1234567890.12345', '12345678901234.56', '1234567890123456', '-999999999999999.999'],
  ...['9223372036854775807', '-9223372036854775808'],
]
const wholeOf = (text: string) => BigInt(text.replace('.', ''))
const int64 = (value: bigint) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(value)
  return bytes
}

test('numbers are written in little-endian order, one after the other', () => {
  expectWritten([0, 1, -1, 0x1234_5678, 2 ** 31 - 1, -(2 ** 31)], writeInt32, (value) => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32LE(value)
    return bytes
  })
  expectWritten([0, -0, 1.5, -3.4028234663852886e38], writeFloat, (value) => {
    const bytes = Buffer.alloc(4)
    bytes.writeFloatLE(value)
    return bytes
  })
  expectWritten([0, -0, 0.1, -1.7976931348623157e308], writeDouble, (value) => {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleLE(value)
    return bytes
  })
  expectWritten([0n, -1n, 2n ** 63n - 1n, 2n ** 64n - 1n, 0x1234_5678_9abc_def0n], writeBigInt64, (value) =>
    int64(BigInt.asIntN(64, value)),
  )
})

test.each([9, 16, 24])('numbers of %i bytes are two’s complements in big-endian order', (width) => {
  const values = [0n, 1n, -1n, 255n, 256n, -256n, 0x12_3456_789an, -(2n ** BigInt(8 * width - 1))]
  expectWritten(
    values,
    (value, output) => writeFixed(value, width, output),
    (value) =>
      Buffer.from(
        BigInt.asUintN(8 * width, value)
          .toString(16)
          .padStart(2 * width, '0'),
        'hex',
      ),
  )
})

test('bytes follow their length, from any place and of any length', () => {
  const source = sourceOf(Buffer.from(Array.from({ length: 400 }, (_, i) => i % 251)))
  const ranges = [0, 1, 3, 4, 5, 127, 128, 129, 300].flatMap((length) =>
    [0, 1, 50].map((start) => [start, start + length]),
  )
  expectWritten(
    ranges,
    ([start, end], output) => writeBytes(source, start!, end!, output),
    ([start, end]) => {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(end! - start!)
      return Buffer.concat([length, source.bytes.subarray(start, end)])
    },
  )
})

test('a moment is its exact microseconds', () => {
  const moments = [
    ...[0, 1, -1, 1_234_567_890, -30_610_224_000, 8_999_999_999, 9e9, -9e9, 9_000_000_001, 253_402_300_799],
  ].flatMap((seconds) => [0, 1, 999_999].map((micros) => [seconds, micros]))
  expectWritten(
    moments,
    ([seconds, micros], output) => writeMicros(seconds!, micros!, output),
    ([seconds, micros]) => int64(BigInt(seconds!) * 1_000_000n + BigInt(micros!)),
  )
})

test('the digits of a number of any length are written exactly, without its point', () => {
  expectWritten(
    WHOLE,
    (text, output) => {
      const { bytes, start, end } = between(text)
      writeWholeInt64(bytes, start, end, output)
    },
    (text) => int64(wholeOf(text)),
  )
})

test.each(WHOLE)('%s is read without its point', (text) => {
  const { bytes, start, end } = between(text)
  expect(readBigWhole(bytes, start, end)).toBe(wholeOf(text))
  if (text.length <= 16) expect(BigInt(readWhole(bytes, start, end))).toBe(wholeOf(text))
})

/** The text between others in a buffer. */
function between(text: string) {
  const bytes = Buffer.from(`12345678901234567890${text}5`)
  return { bytes, start: 20, end: 20 + text.length }
}

/** Writes the values into an output that has no room at first. */
function expectWritten<T>(
  values: readonly T[],
  write: (value: T, output: Output) => void,
  asBytes: (value: T) => Buffer,
) {
  const output = new Output(0, 0)
  for (const value of values) write(value, output)
  expect(output.written.toString('hex')).toBe(Buffer.concat(values.map(asBytes)).toString('hex'))
}
