import { Dictionary } from '../../../../engine/formats/parquet/dictionary.ts'
import { wordsOf } from '../../../../engine/rows/words.ts'

test('equal values have one number, in the order of their first appearance, however many there are', () => {
  const values = Array.from({ length: 5000 }, (_, index) => Buffer.from(`value ${index}`))
  const { dictionary, numberOf } = given()
  for (const _ of [1, 2]) expect(values.map(numberOf)).toEqual([...values.keys()])
  expect(dictionary.count).toBe(5000)
  expect(dictionary.values.written.equals(Buffer.concat(values))).toBe(true)
})

test('values of any length are told apart at each of their bytes', () => {
  const { numberOf } = given()
  const values = [4, 5, 7, 8, 11, 12, 13, 40].flatMap((length) => {
    const value = Buffer.alloc(length, 'words')
    const changed = (at: number) => Buffer.from(value.map((byte, index) => (index === at ? byte ^ 1 : byte)))
    return [value, ...Array.from({ length }, (_, at) => changed(at))]
  })
  for (const _ of [1, 2]) expect(values.map(numberOf)).toEqual([...values.keys()])
})

test('values with the same hash are told apart by their bytes and by their length', () => {
  const ofOneLength = given()
  const alike = ['6c65667468616c6673616d65', '7269676840096c6a73616d65'].map((hex) => Buffer.from(hex, 'hex'))
  for (const _ of [1, 2]) expect(alike.map(ofOneLength.numberOf)).toEqual([0, 1])
  const ofTwo = given()
  const longer = Buffer.from('726f777311980f93', 'hex')
  // The bytes after the shorter value are those of the longer one.
  const values = [longer.subarray(0, 4), longer.subarray(4), longer]
  for (const _ of [1, 2]) expect(values.map(ofTwo.numberOf)).toEqual([0, 1, 2])
})

test('a cleared dictionary begins anew', () => {
  const { dictionary, numberOf } = given()
  dictionary.clear()
  expect(['first', 'second'].map((text) => numberOf(Buffer.from(text)))).toEqual([0, 1])
  dictionary.clear()
  expect([dictionary.count, dictionary.values.length]).toEqual([0, 0])
  expect(['second', 'third', 'first'].map((text) => numberOf(Buffer.from(text)))).toEqual([0, 1, 2])
  expect(dictionary.values.written.toString()).toBe('secondthirdfirst')
})

function given() {
  const dictionary = new Dictionary()
  const numberOf = (value: Buffer) => {
    const among = Buffer.concat([Buffer.from('before'), value, Buffer.from('after')])
    return dictionary.numberOf(wordsOf(among), 6, 6 + value.length)
  }
  return { dictionary, numberOf }
}
