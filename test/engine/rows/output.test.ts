import { Output } from '../../../engine/rows/output.ts'

test('what is written is kept while the buffer grows', () => {
  const output = new Output(4, 0)
  const expected: Buffer[] = []
  for (let size = 0; size < 100; size++) {
    const bytes = Buffer.alloc(size, size)
    output.write(bytes)
    expected.push(bytes)
  }
  expect(output.written.equals(Buffer.concat(expected))).toBe(true)
})

test('has exactly the room that is asked for at least, and a view of the same bytes', () => {
  const output = new Output(2, 1)
  const first = output.buffer
  expect(output.reserve(3)).toBe(first)
  output.words.setInt16(0, 0x0809)
  expect([...first.subarray(0, 2)]).toEqual([8, 9])
  output.length = 2
  const grown = output.reserve(2)
  expect(grown).not.toBe(first)
  expect(grown.length).toBeGreaterThanOrEqual(4)
  output.words.setInt32(0, 0x0102_0304)
  expect([...grown.subarray(0, 4)]).toEqual([1, 2, 3, 4])
  expect(output.limit).toBe(2)
})

test('a large buffer grows by little, because it takes memory, but by enough for the next rows', () => {
  const bytes = 16 << 20
  const output = new Output(bytes, 0)
  output.length = bytes
  const grown = output.reserve(1).length
  expect(grown).toBeGreaterThan(1.1 * bytes)
  expect(grown).toBeLessThan(1.2 * bytes)
  output.length++
  expect(output.reserve(1000)).toHaveLength(grown)
})

test.each(['', 'plain', 'ä', '受注'.repeat(50), '😀'])('texts are written in UTF-8 wherever they begin: %s', (text) => {
  const output = new Output(0, 0)
  output.write('é')
  output.write(text)
  expect(output.written.toString()).toBe(`é${text}`)
})
