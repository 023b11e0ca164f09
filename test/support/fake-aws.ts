/** A fake AWS with answers that a test sets, for what the local cloud does not do: slow, refused or unusual responses. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Call {
  action: string
  input: Record<string, unknown>
}

export interface FakeAws {
  endpoint: string
  /** All calls so far; the test may empty the list. */
  calls: Call[]
  /** Responses by action; `{ __type }` is an error. Other actions respond with `{}`. */
  answers: Record<string, (input: Record<string, unknown>) => object>
  /** Response to S3's HeadObject. */
  head?: () => { status: number; headers: Record<string, string> }
  close(): void
}

/** Serves the JSON and query protocols, and directs this process's SDK clients to itself. */
export async function startFakeAws(): Promise<FakeAws> {
  const fake: FakeAws = { endpoint: '', calls: [], answers: {}, close: () => void server.close() }
  const server = createServer(async (request, response) => {
    if (request.method === 'HEAD') {
      const { status, headers } = fake.head?.() ?? { status: 404, headers: {} }
      response.writeHead(status, headers).end()
      return
    }
    const body = Buffer.concat(await request.toArray()).toString()
    const target = request.headers['x-amz-target']
    const { Action, ...fields } = target ? {} : Object.fromEntries(new URLSearchParams(body))
    const action = String(Action ?? String(target).split('.').at(-1))
    const input = target ? (JSON.parse(body) as Record<string, unknown>) : fields
    fake.calls.push({ action, input })
    const answer = fake.answers[action]?.(input) ?? {}
    if (target) {
      response.writeHead('__type' in answer ? 400 : 200, { 'Content-Type': 'application/x-amz-json-1.0' })
      response.end(JSON.stringify(answer))
    } else {
      response.writeHead(200, { 'Content-Type': 'text/xml' })
      response.end(`<${action}Response><${action}Result></${action}Result></${action}Response>`)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  fake.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: fake.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  })
  return fake
}
