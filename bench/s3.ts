/**
 * The S3 endpoint of all sides, in a separate process. It prints its two addresses as `{ plain, tls }` and runs until it is
 * killed. Its arguments are a directory, a bucket, and the paths of a certificate for 127.0.0.1 and of its key.
 */
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import { createS3 } from '../local/src/s3/s3.ts'
import { openStore } from '../local/src/store.ts'

const [directory = '.', bucket = 'bench', certificate = '', key = ''] = process.argv.slice(2)
const s3 = createS3({
  store: openStore(directory),
  directory: join(directory, 's3'),
  region: 'us-east-1',
  opaqueEtags: true,
})
s3.createBucket(bucket)
const listener: RequestListener = (request, response) => void s3.handler(request, response)
const settings = { requestTimeout: 0 }
const identity = { cert: readFileSync(certificate), key: readFileSync(key) }
const [plain, tls] = await Promise.all([
  listen(createServer(settings, listener)),
  listen(createSecureServer({ ...settings, ...identity }, listener)),
])
console.log(JSON.stringify({ plain: `http://127.0.0.1:${plain}`, tls: `https://127.0.0.1:${tls}` }))
process.once('SIGTERM', () => process.exit(0))

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
