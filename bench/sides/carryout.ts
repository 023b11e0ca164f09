/** The deployed path of one `export-chunk`: rows → CSV → multipart upload, rows and CRC-32 counted, then `finish`. */
import { defineCatalogue, defineExport, raw, sql } from '../../engine/catalogue.ts'
import { exportChunk } from '../../engine/export-chunk.ts'
import { finish } from '../../engine/finish.ts'
import { prepare } from '../../engine/prepare.ts'
import { mysqlSource } from '../../engine/sources/mysql.ts'
import { s3Store } from '../../engine/stores/s3.ts'
import { streamStore } from '../../engine/stores/stream-upload.ts'
import { mask } from '../../exports/customers.ts'
import { COLUMNS, TABLE } from '../table.ts'
import { readTask, report, s3Client } from '../task.ts'

const { access, bucket, endpoint, key, options = {} } = readTask()
const catalogue = defineCatalogue([
  defineExport({
    name: 'bench',
    title: 'Bench',
    query: () => sql`SELECT * FROM ${raw(TABLE)}`,
    key: 'id',
    columns: Object.fromEntries(COLUMNS.map((name) => [name, name])),
    formats: ['csv', 'tsv', 'jsonl', 'xlsx', 'parquet'],
    compressions: ['none', 'gzip', 'zstd', 'zip'],
    ...(options.row ? { row: (row) => ({ ...row, email: mask(row.email) }) } : {}),
  }),
])
const openStore = options.upload === 'stream' ? streamStore : s3Store
const store = openStore({ client: s3Client({ endpoint }), bucket })
const source = mysqlSource({ ...access, tls: 'off' })
const { format = 'csv', compression = 'none' } = options
const request = {
  id: key.replace(/[^\w-]/g, '-'),
  export: 'bench',
  requestedBy: 'bench@example.com',
  format,
  compression,
}
const began = performance.now()
const prepared = prepare(request, { catalogue, now: new Date() })
const range = await exportChunk(
  { ...prepared, range: prepared.ranges[0]! },
  { catalogue, source, store, deadline: Number.POSITIVE_INFINITY, signal: new AbortController().signal },
)
const { file } = await finish({ ...prepared, ranges: [range] }, { store })
report({ rows: file.rows, bytes: file.bytes, seconds: (performance.now() - began) / 1000 })
