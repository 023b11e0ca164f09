/** Extension, Content-Type and name of a file, for every format with every compression it can have. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { HeadObjectCommand } from '@aws-sdk/client-s3'
import { defineCatalogue, defineExport, sql } from '../../engine/catalogue.ts'
import { contentDisposition } from '../../engine/plan/file-name.ts'
import { prepare } from '../../engine/prepare.ts'
import { COMPRESSIONS, ENCODINGS, FORMATS, type Request } from '../../statemachine/contract.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { testWith } from '../support/programs.ts'
import { requestFor, run, sourceOf, startStore, type TestStore } from './harness.ts'

const orders = defineExport({
  name: 'orders',
  title: { en: 'Orders “new”: 50%', ja: '受注一覧 (全件)/ﾃｽﾄ' },
  query: () => sql`SELECT 1 AS id, '受注' AS name`,
  columns: { id: 'Order no.', name: { en: 'Name', ja: '名前' } },
  formats: FORMATS,
  compressions: COMPRESSIONS,
  encodings: ENCODINGS,
})
const now = new Date('2026-03-01T12:00:00Z')
const planOf = async (request: Partial<Request>) =>
  (await prepare(requestFor(orders, request), { catalogue: defineCatalogue([orders]), now })).plan

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const PARQUET = 'application/vnd.apache.parquet'

test.each<[Request['format'], Request['compression'], Request['encoding'], string, string]>([
  ['csv', 'none', 'utf-8', 'csv', 'text/csv; charset=utf-8'],
  ['csv', 'none', 'utf-8-bom', 'csv', 'text/csv; charset=utf-8'],
  ['csv', 'none', 'cp932', 'csv', 'text/csv; charset=windows-31j'],
  ['csv', 'gzip', 'cp932', 'csv.gz', 'application/gzip'],
  ['csv', 'zstd', 'utf-8', 'csv.zst', 'application/zstd'],
  ['csv', 'zip', 'utf-8', 'zip', 'application/zip'],
  ['tsv', 'none', 'utf-8', 'tsv', 'text/tab-separated-values; charset=utf-8'],
  ['tsv', 'none', 'cp932', 'tsv', 'text/tab-separated-values; charset=windows-31j'],
  ['tsv', 'gzip', 'utf-8', 'tsv.gz', 'application/gzip'],
  ['tsv', 'zstd', 'utf-8', 'tsv.zst', 'application/zstd'],
  ['tsv', 'zip', 'utf-8', 'zip', 'application/zip'],
  ['jsonl', 'none', undefined, 'jsonl', 'application/jsonl'],
  ['jsonl', 'gzip', undefined, 'jsonl.gz', 'application/gzip'],
  ['jsonl', 'zstd', undefined, 'jsonl.zst', 'application/zstd'],
  ['jsonl', 'zip', undefined, 'zip', 'application/zip'],
  ['xlsx', undefined, undefined, 'xlsx', XLSX],
  ['xlsx', 'none', undefined, 'xlsx', XLSX],
  ['parquet', undefined, undefined, 'parquet', PARQUET],
  ['parquet', 'none', undefined, 'parquet', PARQUET],
])('%s, %s, %s is a .%s of type %s', async (format, compression, encoding, extension, contentType) => {
  const request = { format, compression, encoding } as Partial<Request>
  const english = await planOf(request)
  expect(english).toMatchObject({ contentType, fileName: `Orders “new”- 50% 2026-03-01.${extension}` })
  expect(english.key).toMatch(new RegExp(`/orders_2026-03-01\\.${extension}$`))
  const japanese = await planOf({ ...request, language: 'ja' })
  expect(japanese).toMatchObject({ contentType, fileName: `受注一覧 (全件)-ﾃｽﾄ 2026-03-01.${extension}` })
})

test.each([
  ['xlsx', 'gzip'],
  ['parquet', 'zstd'],
  ['xlsx', 'zip'],
] as const)('%s is not compressed again as %s', async (format, compression) => {
  await expect(planOf({ format, compression })).rejects.toThrow(
    `compression: ${format} is already compressed. Remove compression from the request.`,
  )
})

test('a browser saves a file under its name, in any script', () => {
  const disposition = contentDisposition('受注一覧 (全件) “50%”.csv.gz')
  const [, ascii] = /filename="([^"]*)"/.exec(disposition)!
  expect(ascii).toBe('____ (__) _50__.csv.gz')
  const [, encoded] = /filename\*=UTF-8''(\S+)$/.exec(disposition)!
  // These characters are allowed unencoded by RFC 8187.
  expect(encoded).toMatch(/^(?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-F]{2})+$/)
  expect(decodeURIComponent(encoded!)).toBe('受注一覧 (全件) “50%”.csv.gz')
})

describe('the object in the bucket', () => {
  let database: FreshDatabase
  let store: TestStore
  beforeAll(async () => {
    database = await freshDatabase()
    store = await startStore()
  })
  afterAll(async () => {
    store.close()
    await database.drop()
  })

  test('has the type and the name', async () => {
    const { finished } = await run(orders, { source: sourceOf(database), store, request: { language: 'ja' } })
    const { bucket: Bucket, key: Key, name } = finished.file
    const head = await store.client.send(new HeadObjectCommand({ Bucket, Key }))
    expect(head.ContentType).toBe('text/csv; charset=utf-8')
    expect(head.ContentDisposition).toBe(contentDisposition(name))
  })

  testWith('unzip')('is a zip with one entry of the file’s name, for unzip and Python', async () => {
    const request = { compression: 'zip', encoding: 'cp932', language: 'ja' } as const
    const { content, finished } = await run(orders, { source: sourceOf(database), store, request })
    const directory = mkdtempSync(join(tmpdir(), 'carryout-zip-'))
    try {
      const file = join(directory, 'file.zip')
      writeFileSync(file, content)
      const tested = await promisify(execFile)('unzip', ['-t', file])
      expect(tested.stdout).toContain('No errors detected')
      await promisify(execFile)('unzip', ['-q', '-d', join(directory, 'out'), file], {
        env: { ...process.env, LC_ALL: 'C.UTF-8' },
      })
      const entry = finished.file.name.replace(/zip$/, 'csv')
      expect(readdirSync(join(directory, 'out'))).toEqual([entry])
      const script =
        'import sys, json, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(json.dumps([[n, z.read(n).decode("cp932")] for n in z.namelist()]))'
      const { stdout } = await promisify(execFile)('python3', ['-c', script, file])
      expect(JSON.parse(stdout)).toEqual([[entry, 'Order no.,名前\r\n1,受注\r\n']])
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})
