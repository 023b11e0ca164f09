/** How a page of the Data API becomes rows of the text protocol, without a Data API. */
import type { Field } from '@aws-sdk/client-rds-data'
import type { Batch } from '../../../../engine/rows/batch.ts'
import { selectColumn } from '../../../../engine/sources/data-api/columns.ts'
import { PageWriter } from '../../../../engine/sources/data-api/page.ts'

const columnsOf = (...types: string[]) => types.map((typeName) => selectColumn({ label: 'a', typeName, precision: 10 }))
const row = (...fields: (Buffer | null)[]) =>
  Buffer.concat(fields.map((bytes) => (bytes ? Buffer.concat([headOf(bytes.length), bytes]) : Buffer.of(0xfb))))

describe('a page', () => {
  it('has each value as the server’s own text or bytes', () => {
    const writer = new PageWriter(columnsOf('VARCHAR', 'DOUBLE', 'BIT', 'BLOB', 'INT'))
    const written = writer.write([
      [
        { stringValue: '日本' },
        { stringValue: '1.5e1' },
        { stringValue: '00FF' },
        { blobValue: Buffer.of(1, 2) },
        NULL,
      ],
      [{ stringValue: '1.5e1' }, NULL, { stringValue: '' }, { stringValue: '0A' }, { stringValue: '7' }],
    ])
    expect(rowsOf(written)).toEqual([
      row(Buffer.from('日本'), Buffer.from('15'), Buffer.of(0, 255), Buffer.of(1, 2), null),
      row(Buffer.from('1.5e1'), null, Buffer.alloc(0), Buffer.of(10), Buffer.from('7')),
    ])
  })

  it('replaces the one before', () => {
    const writer = new PageWriter(columnsOf('VARCHAR'))
    writer.write([[{ stringValue: 'first' }], [{ stringValue: 'second' }]])
    expect(rowsOf(writer.write([[{ stringValue: 'third' }]]))).toEqual([row(Buffer.from('third'))])
    expect(rowsOf(writer.write([]))).toEqual([])
  })

  it('may have any number of rows', () => {
    const writer = new PageWriter(columnsOf('VARCHAR'))
    for (const count of [1024, 1025, 5000]) {
      const records = Array.from({ length: count }, (_, index) => [{ stringValue: String(index) }])
      const rows = rowsOf(writer.write(records))
      expect([rows.length, rows.at(-1)]).toEqual([count, row(Buffer.from(String(count - 1)))])
    }
  })

  it('holds more than its buffer, whatever fills it', () => {
    const long = Buffer.alloc(700_000, 'long ')
    const expected = row(long, null, long)
    for (const fields of [
      [{ stringValue: long.toString() }, NULL, { stringValue: long.toString() }],
      [{ blobValue: long }, NULL, { blobValue: long }],
    ]) {
      const [written] = rowsOf(new PageWriter(columnsOf('VARCHAR', 'INT', 'VARCHAR')).write([fields]))
      expect(written!.equals(expected)).toBe(true)
    }
    const nulls = new PageWriter(columnsOf(...Array.from({ length: 1100 }, () => 'INT')))
    const record = Array.from({ length: 1100 }, () => NULL)
    const many = nulls.write(Array.from({ length: 1000 }, () => record))
    expect(many.bytes.subarray(0, 1_100_000).equals(Buffer.alloc(1_100_000, 0xfb))).toBe(true)
  })

  it('fills its buffer to the last byte', () => {
    for (let length = 1024 ** 2 - 10; length <= 1024 ** 2; length++) {
      const bytes = Buffer.alloc(length, 'x')
      const [written] = rowsOf(new PageWriter(columnsOf('BLOB', 'INT')).write([[{ blobValue: bytes }, NULL]]))
      expect(written!.length).toBe(4 + length + 1)
      expect(written!.subarray(4, -1).equals(bytes)).toBe(true)
      expect(written!.at(-1)).toBe(0xfb)
    }
  })

  it('estimates the bytes of its response, as JSON with bytes in Base64', () => {
    const writer = new PageWriter(columnsOf('VARCHAR', 'BIT', 'BLOB', 'INT'))
    const texts = [{ stringValue: '日本'.repeat(50) }, { stringValue: '00FF'.repeat(50) }]
    const record = [...texts, { blobValue: Buffer.alloc(100) }, NULL]
    writer.write([record])
    const json = Buffer.byteLength(JSON.stringify([...texts, { blobValue: '='.repeat(136) }]))
    expect(writer.answerBytes).toBeGreaterThan(json)
    expect(writer.answerBytes).toBeLessThan(json + 30)
    const once = writer.answerBytes
    writer.write([record, record])
    expect(writer.answerBytes).toBe(2 * once)
  })

  it('is refused if a value is neither text nor bytes', () => {
    const write = (field: Field | undefined) => () => new PageWriter(columnsOf('INT')).write([[field!]])
    expect(write({ longValue: 7 })).toThrow('The Data API returned the column a as longValue instead of text')
    expect(write(undefined)).toThrow('The Data API returned the column a as  instead of text')
  })
})

const NULL: Field = { isNull: true }

function headOf(length: number): Buffer {
  if (length < 251) return Buffer.of(length)
  if (length < 65_536) return Buffer.of(0xfc, length & 255, length >> 8)
  return Buffer.of(0xfd, length & 255, (length >> 8) & 255, length >> 16)
}

function rowsOf({ bytes, rows, starts, ends }: Batch): Buffer[] {
  return Array.from({ length: rows }, (_, index) => Buffer.from(bytes.subarray(starts[index], ends[index])))
}
