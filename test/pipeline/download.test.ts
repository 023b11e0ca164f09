import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import { parse } from 'csv-parse/sync'
import type { Manifest } from '../../statemachine/contract.ts'
import type { TestCloud } from '../support/cloud.ts'
import { describeOnce } from '../support/database.ts'
import { givenRequest, linkIn, mailAbout, openMail, order, startShop } from '../support/pipeline.ts'

let cloud: TestCloud
beforeAll(async () => {
  cloud = await startShop()
})
afterAll(() => cloud.close())

describe('a requested download', () => {
  test('is mailed to its requester as a link to the complete file', async () => {
    const body = givenRequest()
    const { status, output } = await order(cloud, body)
    expect(status).toBe('SUCCEEDED')
    const { file } = JSON.parse(output as string)
    const mail = await mailAbout(cloud, body.id as string, 'hanako@example.com')
    expect(mail.subject).toBe('Your download is ready: Orders')
    const response = await openMail(mail)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-disposition')).toContain('attachment')
    const bytes = Buffer.from(await response.arrayBuffer())
    expect(bytes.length).toBe(file.bytes)
    expect(parse(bytes, { columns: true })).toEqual(await ordersOf('2026-01-01', '2026-04-01'))
  })

  test('has a name and a mail in the requested language', async () => {
    const body = givenRequest({ language: 'ja' })
    const { output } = await order(cloud, body)
    expect(JSON.parse(output as string).file.name).toMatch(/^受注一覧/)
    const mail = await mailAbout(cloud, body.id as string, 'hanako@example.com')
    expect(mail.text).toContain('ダウンロードの準備ができました')
    const response = await openMail(mail)
    expect(response.headers.get('content-disposition')).toContain(`filename*=UTF-8''${encodeURIComponent('受注一覧')}`)
    expect(await response.text()).toMatch(/^受注番号,受注日時,顧客名/)
  })

  test('of no rows is a file with its heading line', async () => {
    const body = givenRequest({ params: { from: '1999-01-01', to: '1999-01-02' } })
    const { output } = await order(cloud, body)
    expect(JSON.parse(output as string).file).toMatchObject({ rows: 0 })
    const response = await openMail(await mailAbout(cloud, body.id as string, 'hanako@example.com'))
    expect(await response.text()).toBe('Order no.,Ordered at,Customer,Country,Amount,Status,Note\r\n')
  })
})

describeOnce('the bucket of a download', () => {
  test('has a manifest that describes it', async () => {
    const { output } = await order(cloud, givenRequest())
    const { file, request } = JSON.parse(output as string)
    const object = await cloud.clients.s3.send(new GetObjectCommand({ Bucket: file.bucket, Key: file.manifestKey }))
    const manifest = JSON.parse((await object.Body?.transformToString()) as string) as Manifest
    expect(manifest.request).toEqual(request)
    expect(manifest.file).toMatchObject({
      rows: file.rows,
      bytes: file.bytes,
      crc32: file.crc32,
      consistency: 'snapshot',
    })
    const stored = await cloud.clients.s3.send(
      new HeadObjectCommand({ Bucket: file.bucket, Key: file.key, ChecksumMode: 'ENABLED' }),
    )
    expect(Buffer.from(stored.ChecksumCRC32 as string, 'base64').toString('hex')).toBe(file.crc32)
  })

  test('contains nothing of chunks left by an earlier run', async () => {
    const id = 'begun-anew'
    const Bucket = cloud.outputs.CarryoutBucketName
    await cloud.clients.s3.send(new PutObjectCommand({ Bucket, Key: `chunks/${id}/0/0000001`, Body: 'stale' }))
    const { output } = await order(cloud, givenRequest({ id }))
    expect(JSON.parse(output as string).file.rows).toBe((await ordersOf('2026-01-01', '2026-04-01')).length)
    const { KeyCount } = await cloud.clients.s3.send(new ListObjectsV2Command({ Bucket, Prefix: `chunks/${id}/` }))
    expect(KeyCount).toBe(0)
  })

  test('leaves nothing but the file and its manifest in the bucket', async () => {
    const body = givenRequest()
    const { output } = await order(cloud, body)
    const { file } = JSON.parse(output as string)
    const { Contents } = await cloud.clients.s3.send(new ListObjectsV2Command({ Bucket: file.bucket }))
    const keys = Contents?.map(({ Key }) => Key).filter((key) => key?.includes(body.id as string))
    expect(keys).toEqual([file.key, file.manifestKey])
  })
})

describeOnce('a link', () => {
  test('has a link that opens no other file, and not longer than stated', async () => {
    const body = givenRequest()
    await order(cloud, body)
    const link = linkIn(await mailAbout(cloud, body.id as string, 'hanako@example.com'))
    for (const [name, value] of [
      ['file', 'files/another/file.csv'],
      ['expires', '9999999999'],
      ['signature', 'x'],
    ] as const) {
      const url = new URL(link)
      url.searchParams.set(name, value)
      const response = await fetch(url)
      expect(response.status).toBe(403)
      expect(await response.text()).toContain('This link is not valid')
    }
  })
})

async function ordersOf(from: string, to: string) {
  const connection = await cloud.schema!.connect()
  try {
    const [rows] = await connection.query(
      `SELECT CAST(o.id AS CHAR) AS "Order no.", CAST(o.ordered_at AS CHAR) AS "Ordered at", c.name AS "Customer",
              c.country AS "Country", CAST(o.amount AS CHAR) AS "Amount", o.status AS "Status", IFNULL(o.note, '') AS "Note"
       FROM orders o JOIN customers c ON c.id = o.customer_id
       WHERE o.ordered_at >= ? AND o.ordered_at < ? ORDER BY o.id`.replaceAll('"', '`'),
      [from, to],
    )
    // Text that a spreadsheet would read as a formula is neutralised, but an amount may be negative.
    const neutral = ([name, value]: [string, string]) => [
      name,
      name === 'Amount' ? value : value.replace(/^[=+@\t\r-]/, "'$&"),
    ]
    return (rows as Record<string, string>[]).map((row) => Object.fromEntries(Object.entries(row).map(neutral)))
  } finally {
    await connection.end()
  }
}
