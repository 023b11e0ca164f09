import { execFileSync } from 'node:child_process'
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
  expect(fields(header, [0, 4], [4, 2], [6, 2], [8, 2], [14, 4], [18, 4], [22, 4], [26, 2], [28, 2])).toEqual([
    0x04034b50,
    20,
    0x0808,
    8,
    0,
    0,
    0,
    name.length,
    0,
  ])
  const central = archive.indexOf(Buffer.from('PK\x01\x02', 'latin1'))
  const deflated = archive.subarray(30 + name.length, central - 16)
  expect(inflateRawSync(deflated)).toEqual(TEXT)
  const sizes = [crc32(TEXT), deflated.length, TEXT.length]
  expect(fields(archive.subarray(central - 16), [0, 4], [4, 4], [8, 4], [12, 4])).toEqual([0x08074b50, ...sizes])
  const entry = archive.subarray(central)
  expect(fields(entry, [4, 1], [5, 1], [6, 2], [8, 2], [10, 2])).toEqual([20, 3, 20, 0x0808, 8])
  expect(fields(entry, [16, 4], [20, 4], [24, 4], [28, 2], [30, 2], [42, 4])).toEqual([...sizes, name.length, 0, 0])
  expect(entry.readUInt32LE(38) >>> 16).toBe(0o100644)
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

async function zipped(entries: Record<string, Uint8Array[]>): Promise<Buffer> {
  const output = new Output(1 << 16)
  const zip = new ZipWriter()
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
