/**
 * Compares the levels of each compression: `node bench/compression.ts <file.csv>`, with a file that an export wrote.
 *
 * Compresses the file in members as an export does, with each level on one core, and prints the speed and the compressed
 * size. The last column is the time that a user waits: compression at that speed, then a download at 100 Mbit/s.
 */
import { readFileSync } from 'node:fs'
import { constants, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { MEMBER_BYTES } from '../engine/keys/member.ts'
import { median } from './figures.ts'
import { machine } from './report.ts'

const RUNS = 3
const DOWNLOAD_BYTES_PER_SECOND = 100e6 / 8

const [file] = process.argv.slice(2)
if (file === undefined) {
  console.error('Usage: node bench/compression.ts <file.csv>')
  process.exit(1)
}
const csv = readFileSync(file)
const members = Array.from({ length: Math.ceil(csv.length / MEMBER_BYTES) }, (_, i) =>
  csv.subarray(i * MEMBER_BYTES, (i + 1) * MEMBER_BYTES),
)

const zstd = (level: number) => (bytes: Buffer) =>
  zstdCompressSync(bytes, {
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
  })
const candidates: { name: string; compress: (bytes: Buffer) => Buffer; seconds: number[]; bytes: number }[] = [
  ...[1, 2, 3, 4, 5, 6, 9].map((level) => ({ name: `gzip ${level}`, compress: (b: Buffer) => gzipSync(b, { level }) })),
  ...[1, 2, 3, 4, 5, 6, 9, 12].map((level) => ({ name: `zstd ${level}`, compress: zstd(level) })),
  ...[1, 3, 6].map((level) => ({ name: `deflate ${level}`, compress: (b: Buffer) => deflateRawSync(b, { level }) })),
].map((candidate) => ({ ...candidate, seconds: [], bytes: 0 }))

for (let run = 0; run < RUNS; run++) {
  for (const candidate of candidates) {
    const began = process.cpuUsage()
    candidate.bytes = members.reduce((sum, member) => sum + candidate.compress(member).length, 0)
    const { user, system } = process.cpuUsage(began)
    candidate.seconds.push((user + system) / 1e6)
  }
}

console.log('| level | MB/s | of the bytes | compressed and downloaded |\n| --- | ---: | ---: | ---: |')
for (const { name, seconds, bytes } of candidates) {
  const second = median(seconds)
  const waited = second + bytes / DOWNLOAD_BYTES_PER_SECOND
  const cells = [
    (csv.length / second / 1e6).toFixed(0),
    `${((100 * bytes) / csv.length).toFixed(1)} %`,
    `${waited.toFixed(2)} s`,
  ]
  console.log(`| ${name} | ${cells.join(' | ')} |`)
}
console.log(`${(csv.length / 1e6).toFixed(0)} MB of CSV, median of ${RUNS} runs, ${machine()}`)
