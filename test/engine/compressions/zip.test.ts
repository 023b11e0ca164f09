import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, inflateRawSync } from 'node:zlib'
import JSZip from 'jszip'
import { ZipWriter } from '../../../engine/compressions/zip.ts'
import { Output } from '../../../engine/rows/output.ts'
import { testWith } from '../../support/programs.ts'

const TEXT = Buffer.from('a row of repeated text, 2026-01-01\r\n')

test('an entry is plain deflate followed by its sizes, with a UTF-8 name marked as made by Unix', async () => {
  const archive = await zipped({ '受注.csv': [TEXT] })
  const name = Buffer.from('受注.csv')
  const header = archive.subarray(0, 30)
  // The date is 1980-01-01, so the same bytes give the same archive.
  const epoch = (1 << 5) | 1
  expect(
    fields(header, [0, 4], [4, 2], [6, 2], [8, 2], [10, 2], [12, 2], [14, 4], [18, 4], [22, 4], [26, 2], [28, 2]),
  ).toEqual([0x04034b50, 20, 0x0808, 8, 0, epoch, 0, 0, 0, name.length, 0])
  const central = archive.indexOf(Buffer.from('PK\x01\x02', 'latin1'))
  const deflated = archive.subarray(30 + name.length, central - 16)
  expect(inflateRawSync(deflated)).toEqual(TEXT)
  const sizes = [crc32(TEXT), deflated.length, TEXT.length]
  expect(fields(archive.subarray(central - 16), [0, 4], [4, 4], [8, 4], [12, 4])).toEqual([0x08074b50, ...sizes])
  const entry = archive.subarray(central)
  expect(fields(entry, [4, 1], [5, 1], [6, 2], [8, 2], [10, 2], [12, 4])).toEqual([20, 3, 20, 0x0808, 8, epoch << 16])
  expect(fields(entry, [16, 4], [20, 4], [24, 4], [28, 2], [30, 2], [42, 4])).toEqual([...sizes, name.length, 0, 0])
  expect(fields(entry, [38, 2], [40, 2])).toEqual([0, 0o100644])
  const end = entry.subarray(46 + name.length)
  expect(fields(end, [0, 4], [8, 2], [10, 2], [12, 4], [16, 4])).toEqual([0x06054b50, 1, 1, 46 + name.length, central])
  expect(end).toHaveLength(22)
})

test('any number of entries, including empty ones, is read back by another program', async () => {
  const long = Buffer.alloc(700_000, TEXT)
  const archive = await zipped({ a: [], '名簿.csv': [long, TEXT], c: [TEXT] })
  const zip = await JSZip.loadAsync(archive, { checkCRC32: true })
  expect(Object.values(zip.files).map(({ name, unixPermissions }) => [name, unixPermissions])).toEqual(
    ['a', '名簿.csv', 'c'].map((name) => [name, 0o100644]),
  )
  expect(await zip.file('名簿.csv')!.async('nodebuffer')).toEqual(Buffer.concat([long, TEXT]))
  expect(await zip.file('a')!.async('nodebuffer')).toHaveLength(0)
})

test('an archive has the same bytes however the bytes of an entry arrive', async () => {
  const long = Buffer.alloc(700_000, TEXT)
  const pieces = [long.subarray(0, 1), long.subarray(1, 300_000), long.subarray(300_000)]
  expect((await zipped({ a: pieces })).equals(await zipped({ a: [long] }))).toBe(true)
})

test('an entry’s bytes are counted until it ends, and are passed on before that', async () => {
  const output = new Output(1 << 16)
  const zip = new ZipWriter()
  expect(zip.entryBytes).toBe(0)
  zip.begin('a', output)
  await zip.write(randomBytes(10), output)
  expect(zip.entryBytes).toBe(10)
  await zip.write(randomBytes(1 << 20), output)
  expect(zip.entryBytes).toBe(10 + (1 << 20))
  expect(output.length).toBeGreaterThan(1 << 19)
  await zip.end(output)
  expect(zip.entryBytes).toBe(0)
})

describe('an archive with values beyond a limit, which is 4 GiB unless a test lowers it,', () => {
  const directoryOf = (archive: Buffer) => archive.indexOf(Buffer.from('PK\x01\x02', 'latin1'))
  const number = (bytes: Buffer, at: number) => Number(bytes.readBigUInt64LE(at))

  test('has ZIP64 fields for them', async () => {
    const usual = await zipped({ a: [TEXT], b: [TEXT] })
    const deflated = directoryOf(usual) / 2 - 30 - 1 - 16
    const archive = await zipped({ a: [TEXT], b: [TEXT] }, 1)
    const second = 30 + 1 + deflated + 24
    for (const at of [0, second]) {
      const descriptor = archive.subarray(at + 31 + deflated)
      expect(fields(descriptor, [0, 4], [4, 4])).toEqual([0x08074b50, crc32(TEXT)])
      expect([number(descriptor, 8), number(descriptor, 16)]).toEqual([deflated, TEXT.length])
    }
    const directory = directoryOf(archive)
    expect(directory).toBe(2 * second)
    const [first, other] = [archive.subarray(directory), archive.subarray(directory + 46 + 1 + 20)]
    for (const [entry, wide, offset] of [
      [first, 2, 0],
      [other, 3, 0xffff_ffff],
    ] as const) {
      const sizes = [0xffff_ffff, 0xffff_ffff, 1, 4 + 8 * wide]
      expect(fields(entry, [4, 2], [6, 2], [20, 4], [24, 4], [28, 2], [30, 2])).toEqual([0x0300 | 45, 45, ...sizes])
      expect(fields(entry, [42, 4], [47, 2], [49, 2])).toEqual([offset, 1, 8 * wide])
      expect([number(entry, 51), number(entry, 59)]).toEqual([TEXT.length, deflated])
    }
    expect(number(other, 67)).toBe(second)
    const size = 46 + 1 + 20 + 46 + 1 + 28
    const end = archive.subarray(directory + size)
    expect(fields(end, [0, 4], [12, 2], [14, 2], [16, 4], [20, 4])).toEqual([0x06064b50, 45, 45, 0, 0])
    expect([4, 24, 32, 40, 48].map((at) => number(end, at))).toEqual([44, 2, 2, size, directory])
    const locator = end.subarray(56)
    expect(fields(locator, [0, 4], [4, 4], [16, 4])).toEqual([0x07064b50, 0, 1])
    expect(number(locator, 8)).toBe(directory + size)
    const last = [0x06054b50, 0, 0, 2, 2, 0xffff_ffff, 0xffff_ffff, 0]
    expect(fields(locator.subarray(20), [0, 4], [4, 2], [6, 2], [8, 2], [10, 2], [12, 4], [16, 4], [20, 2])).toEqual(
      last,
    )
    expect(locator).toHaveLength(20 + 22)
  })

  testWith('unzip')('is read back by another program', async () => {
    const texts = { a: [TEXT], b: [TEXT, TEXT], c: [] }
    for (const zip64From of [1, 36, 60, 100]) {
      const lines = listed(await zipped(texts, zip64From))
      expect(lines.map(([bytes, , , , , , , name]) => [bytes, name])).toEqual([
        [`${TEXT.length}`, 'a'],
        [`${2 * TEXT.length}`, 'b'],
        ['0', 'c'],
      ])
    }
  })

  test('has them from the limit on, and not below it', async () => {
    const entries = { a: [TEXT, TEXT] }
    const usual = await zipped(entries)
    const start = directoryOf(usual)
    const descriptorBytes = async (zip64From: number) => directoryOf(await zipped(entries, zip64From)) - start + 16
    const [deflated, size] = [start - 30 - 1 - 16, 2 * TEXT.length]
    expect([deflated < size, await descriptorBytes(size), await descriptorBytes(size + 1)]).toEqual([true, 24, 16])
    const random = { a: [randomBytes(100)] }
    const more = directoryOf(await zipped(random)) - 30 - 1 - 16
    expect(more).toBeGreaterThan(100)
    const isWide = async (zip64From: number) => directoryOf(await zipped(random, zip64From)) - 30 - 1 - more === 24
    expect([await isWide(more), await isWide(more + 1)]).toEqual([true, false])
    const hasRecords = async (zip64From: number) => (await zipped(entries, zip64From)).includes('PK\x06\x06')
    expect([await hasRecords(start), await hasRecords(start + 1)]).toEqual([true, false])
  })
})

testWith('unzip')('an entry of more than 4 GiB has ZIP64 sizes after it and in the directory', async () => {
  const piece = Buffer.alloc(1 << 24, TEXT)
  const pieces = Array.from({ length: 257 }, () => piece)
  const size = 257 * piece.length
  const crc = pieces.reduce((sum, bytes) => crc32(bytes, sum), 0)
  const archive = await zipped({ 'orders.csv': pieces, 'behind.csv': [TEXT] })
  const [bytes, kind, compressed, , , , sum, name] = listed(archive)[0]!
  expect([bytes, kind, sum, name]).toEqual([String(size), 'Defl:N', crc.toString(16).padStart(8, '0'), 'orders.csv'])
  expect(listed(archive)[1]).toEqual(expect.arrayContaining([String(TEXT.length), 'behind.csv']))
  const descriptor = archive.subarray(30 + 'orders.csv'.length + Number(compressed))
  expect(descriptor.readUInt32LE(0)).toBe(0x08074b50)
  expect([descriptor.readBigUInt64LE(8), descriptor.readBigUInt64LE(16)]).toEqual([BigInt(compressed!), BigInt(size)])
})

async function zipped(entries: Record<string, Uint8Array[]>, zip64From?: number): Promise<Buffer> {
  const output = new Output(1 << 16)
  const zip = new ZipWriter(zip64From)
  for (const [name, pieces] of Object.entries(entries)) {
    zip.begin(name, output)
    for (const piece of pieces) await zip.write(piece, output)
    await zip.end(output)
  }
  zip.finish(output)
  return output.written
}

/** Little-endian numbers at these places. */
function fields(bytes: Buffer, ...places: [at: number, width: number][]): number[] {
  return places.map(([at, width]) => bytes.readUIntLE(at, width))
}

/** What Info-ZIP lists: bytes, method, compressed bytes, ratio, date, time, CRC-32, name. */
function listed(archive: Buffer): string[][] {
  const directory = mkdtempSync(join(tmpdir(), 'carryout-zip-'))
  try {
    const file = join(directory, 'archive.zip')
    writeFileSync(file, archive)
    const lines = execFileSync('unzip', ['-v', file], { encoding: 'utf8' }).split('\n')
    return lines.flatMap((line) => (/Defl:/.test(line) ? [line.trim().split(/\s+/)] : []))
  } finally {
    rmSync(directory, { recursive: true })
  }
}
