/** The deployed path of `export-chunk`: rows → CSV → multipart upload, rows and CRC-32 counted, then `finish`. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { defineCatalogue, defineExport, raw, sql } from '../../engine/catalogue.ts'
import { exportChunk } from '../../engine/export-chunk.ts'
import { finish } from '../../engine/finish.ts'
import { planRanges } from '../../engine/plan-ranges.ts'
import { prepare } from '../../engine/prepare.ts'
import { mysqlSource } from '../../engine/sources/mysql.ts'
import { s3Store } from '../../engine/stores/s3.ts'
import { mask } from '../../exports/customers.ts'
import type { Prepared, Range } from '../../statemachine/contract.ts'
import { streamStore } from '../stream-upload.ts'
import { COLUMNS, TABLE } from '../table.ts'
import { readTask, report, s3Client } from '../task.ts'

const { access, bucket, endpoint, key, rows, options = {} } = readTask()
const { format = 'csv', compression = 'none', ranges = 1 } = options
const catalogue = defineCatalogue([
  defineExport({
    name: 'bench',
    title: 'Bench',
    query: () => sql`SELECT * FROM ${raw(TABLE)} WHERE id <= ${rows}`,
    key: 'id',
    columns: Object.fromEntries(COLUMNS.map((name) => [name, name])),
    formats: ['csv', 'tsv', 'jsonl', 'xlsx', 'parquet'],
    compressions: ['none', 'gzip', 'zstd', 'zip'],
    parallelism: ranges,
    ...(options.row ? { row: (row) => ({ ...row, email: mask(row.email) }) } : {}),
  }),
])
const openStore = options.upload === 'stream' ? streamStore : s3Store
const store = openStore({ client: s3Client({ endpoint }), bucket })
const { tls } = access
const ca = Array.isArray(tls?.ca) ? tls.ca.join('\n') : tls?.ca
const source = mysqlSource({ ...access, tls: tls ? { ca } : 'off' })
const { signal } = new AbortController()

interface Work {
  prepared: Prepared
  range: Range
}

function exportRange({ prepared, range }: Work): Promise<Range> {
  const context = { catalogue, source, store, deadline: Number.POSITIVE_INFINITY, signal }
  return exportChunk({ ...prepared, range }, context)
}

if (process.send) {
  process.once('message', async (work: Work) => {
    process.send!(await exportRange(work), () => process.disconnect())
  })
  process.send('ready')
} else await exportAll()

async function exportAll(): Promise<void> {
  let largeCollections = 0
  const count = (entries: readonly object[]) => {
    for (const { detail } of entries as { detail: { kind: number } }[])
      if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) largeCollections++
  }
  const collections = new PerformanceObserver((list) => count(list.getEntries()))
  // Each range is exported by a separate invocation, which is already warm, like the single invocation of the other sides.
  const workers = ranges > 1 ? await Promise.all(Array.from({ length: ranges }, startWorker)) : []
  const request = {
    id: key.replace(/[^\w-]/g, '-'),
    export: 'bench',
    requestedBy: 'bench@example.com',
    format,
    compression,
  }
  collections.observe({ entryTypes: ['gc'] })
  const began = performance.now()
  const first = prepare(request, { catalogue, now: new Date() })
  const prepared = ranges > 1 ? await planRanges(first, { catalogue, source, signal }) : first
  const done = await Promise.all(
    prepared.ranges.map((range, index) =>
      workers[index] ? ask(workers[index], { prepared, range }) : exportRange({ prepared, range }),
    ),
  )
  const { file } = await finish({ ...prepared, ranges: done }, { store })
  const seconds = (performance.now() - began) / 1000
  count(collections.takeRecords())
  report({ rows: file.rows, bytes: file.bytes, seconds, largeCollections })
}

async function startWorker(): Promise<ChildProcess> {
  const worker = fork(process.argv[1]!, [process.argv[2]!])
  await once(worker, 'message')
  return worker
}

async function ask(worker: ChildProcess, work: Work): Promise<Range> {
  const ended = once(worker, 'close').then(([code]) => {
    throw new Error(`The process of a range ended with ${code}`)
  })
  ended.catch(() => undefined)
  worker.send(work)
  const [range] = await Promise.race([once(worker, 'message'), ended])
  return range as Range
}
