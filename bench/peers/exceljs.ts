/** What most people would write for Excel: mysql2's stream, exceljs's streaming writer, lib-storage's Upload. */
import { PassThrough } from 'node:stream'
import { Upload } from '@aws-sdk/lib-storage'
import exceljs from 'exceljs'
import { createConnection } from 'mysql2'
import { COLUMNS } from '../table.ts'
import { connectionOptions, readTask, report, s3Client } from '../task.ts'

const { access, bucket, endpoint, key, query } = readTask()
const began = performance.now()
const connection = createConnection({ ...connectionOptions(access), decimalNumbers: true })
const body = new PassThrough()
const upload = new Upload({ client: s3Client({ endpoint }), params: { Bucket: bucket, Key: key, Body: body } })
const workbook = new exceljs.stream.xlsx.WorkbookWriter({ stream: body, useStyles: true, useSharedStrings: false })
const sheet = workbook.addWorksheet('Bench')
sheet.columns = COLUMNS.map((name) => ({ header: name, key: name }))
let rows = 0
async function write(): Promise<void> {
  for await (const row of connection.query(query).stream()) {
    sheet.addRow(row).commit()
    rows++
  }
  sheet.commit()
  await workbook.commit()
}
await Promise.all([write(), upload.done()])
connection.end()
report({ rows, seconds: (performance.now() - began) / 1000 })
