import type { SchemaElement } from 'hyparquet'
import { Bounds } from '../../../../engine/formats/parquet/bounds.ts'
import {
  writeBigInt64,
  writeBytes,
  writeDouble,
  writeFixed,
  writeFloat,
  writeInt32,
} from '../../../../engine/formats/parquet/plain.ts'
import { Output } from '../../../../engine/rows/output.ts'
import { sourceOf } from '../../../../engine/rows/words.ts'

type Value = number | bigint | Buffer
interface Type {
  element: Omit<SchemaElement, 'name'>
  write(value: never, output: Output): void
  /** In ascending order. */
  values: readonly Value[]
  /** The value as the bounds have it. */
  asBound?(value: never): unknown
}

const texts = ['', 'a', 'a\0', 'ab', 'b', '受', '😀', 'ÿ'].map((text) => Buffer.from(text)).sort(Buffer.compare)
const writeBuffer = (value: Buffer, output: Output) => writeBytes(sourceOf(value), 0, value.length, output)
const bigInts = [-(2n ** 63n), -4294967297n, -4294967296n, -1n, 0n, 1n, 255n, 4294967295n, 4294967296n, 2n ** 63n - 1n]
const ints = [-(2 ** 31), -65_536, -256, -1, 1, 255, 256, 65_536, 2 ** 31 - 1]

const TYPES: [string, Type][] = [
  ['INT32', { element: { type: 'INT32' }, write: writeInt32, values: ints }],
  [
    'a short DECIMAL',
    { element: { type: 'INT32', converted_type: 'DECIMAL' }, write: writeInt32, values: ints, asBound: BigInt },
  ],
  ['INT64', { element: { type: 'INT64' }, write: writeBigInt64, values: bigInts }],
  [
    'an unsigned INT64',
    {
      element: { type: 'INT64', converted_type: 'UINT_64' },
      write: writeBigInt64,
      values: [0n, 1n, 255n, 256n, 4294967296n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n],
    },
  ],
  [
    'FLOAT',
    {
      element: { type: 'FLOAT' },
      write: writeFloat,
      values: [-3.5e10, -1.5, -0.5, 0.25, 1, 1.5, 2e10].map(Math.fround),
    },
  ],
  ['DOUBLE', { element: { type: 'DOUBLE' }, write: writeDouble, values: [-1e300, -1.1, -0.5, 5e-324, 0.1, 1, 1e300] }],
  [
    'a long DECIMAL',
    {
      element: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 9 },
      write: (value: bigint, output) => writeFixed(value, 9, output),
      values: [-(2n ** 70n), -65_537n, -256n, -1n, 0n, 1n, 255n, 256n, 2n ** 70n],
    } as Type,
  ],
  ['bytes', { element: { type: 'BYTE_ARRAY' }, write: writeBuffer, values: texts } as Type],
]

describe.each(TYPES)('the bounds of %s', (_, type) => {
  test('are the least and the greatest of any two values, in either order, together or one after the other', () => {
    for (const [i, least] of type.values.entries()) {
      for (const greatest of type.values.slice(i)) {
        for (const values of [
          [[least, greatest]],
          [[greatest, least]],
          [[least], [greatest]],
          [[greatest], [least]],
          [[least, greatest], [], [least]],
        ])
          expectBounds(boundsOf(type, ...values).take(), type, least, greatest)
      }
    }
  })

  test('are those of all values, and the next ones do not depend on them', () => {
    const { values } = type
    for (let at = 0; at < values.length; at++) {
      const rotated = [...values.slice(at), ...values.slice(0, at)]
      const bounds = boundsOf(type, rotated)
      expectBounds(bounds.take(), type, values[0]!, values.at(-1)!)
      expect(bounds.take()).toEqual({})
      add(bounds, type, [values[at]!])
      expectBounds(bounds.take(), type, values[at]!, values[at]!)
    }
  })

  test('do not exist without values', () => {
    expect(boundsOf(type, []).take()).toEqual({})
  })
})

test('a bound of zero also covers the zero with the other sign', () => {
  for (const element of [{ type: 'FLOAT' }, { type: 'DOUBLE' }] as const) {
    const type: Type = { element, write: element.type === 'FLOAT' ? writeFloat : writeDouble, values: [] }
    for (const zero of [0, -0]) expect(boundsOf(type, [zero]).take()).toEqual({ min_value: -0, max_value: 0 })
  }
})

test('bytes of 0xFF alone are their own maximum up to sixteen, and longer ones have none', () => {
  const type: Type = { element: { type: 'BYTE_ARRAY' }, write: writeBuffer as never, values: [] }
  const boundsOfLength = (length: number) => boundsOf(type, [Buffer.alloc(length, 0xff)]).take()
  const bytes = new Uint8Array(16).fill(0xff)
  expect(boundsOfLength(16)).toEqual({ min_value: bytes, max_value: bytes })
  expect(boundsOfLength(17)).toEqual({ min_value: bytes, is_min_value_exact: false })
})

function expectBounds(bounds: { min_value?: unknown; max_value?: unknown }, type: Type, least: Value, greatest: Value) {
  const plain = (value: unknown) => {
    const bound = type.asBound && typeof value === 'number' ? type.asBound(value as never) : value
    return bound instanceof Uint8Array ? Buffer.from(bound).toString('hex') : bound
  }
  const { min_value, max_value, ...others } = bounds
  const shown = [min_value, max_value].map((value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  )
  expect([...shown, others]).toEqual([plain(least), plain(greatest), {}])
}

/** The bounds of the values, which are added in these groups. */
function boundsOf(type: Type, ...groups: (readonly Value[])[]): Bounds {
  const bounds = new Bounds({ name: 'c', ...type.element } as SchemaElement)
  for (const values of groups) add(bounds, type, values)
  return bounds
}

function add(bounds: Bounds, type: Type, values: readonly Value[]) {
  const output = new Output(0, 1024)
  output.buffer.fill(0)
  for (const value of values) type.write(value as never, output)
  bounds.add(output.words, output.length)
}
