/** What most people would write: mysql2's stream, csv-stringify, lib-storage's Upload. */
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Upload } from '@aws-sdk/lib-storage'
import { stringify } from 'csv-stringify'
import { createConnection } from 'mysql2'
import { connectionOptions, readTask, report, s3Client } from '../task.ts'

const { access, bucket, endpoint, key, query } = readTask()
const began = performance.now()
const connection = createConnection({
  ...connectionOptions(access),
  dateStrings: true,
  supportBigNumbers: true,
  bigNumberStrings: true,
})
let rows = 0
const body = new PassThrough()
const upload = new Upload({ client: s3Client({ endpoint }), params: { Bucket: bucket, Key: key, Body: body } })
await Promise.all([
  pipeline(
    connection.query(query).stream(),
    async function* (source: AsyncIterable<unknown>) {
      for await (const row of source) {
        rows++
        yield row
      }
    },
    stringify({ header: true }),
    body,
  ),
  upload.done(),
])
connection.end()
report({ rows, seconds: (performance.now() - began) / 1000 })
