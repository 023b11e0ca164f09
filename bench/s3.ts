/** The S3 endpoint of all sides, in a process of its own: prints `{ endpoint }` and stays until it is killed. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createS3 } from '../local/src/s3/s3.ts'
import { openStore } from '../local/src/store.ts'

const [directory = '.', bucket = 'bench'] = process.argv.slice(2)
const s3 = createS3({
  store: openStore(directory),
  directory: join(directory, 's3'),
  region: 'us-east-1',
  opaqueEtags: true,
})
s3.createBucket(bucket)
const server = createServer({ requestTimeout: 0 }, (request, response) => void s3.handler(request, response))
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
})
process.once('SIGTERM', () => process.exit(0))
