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
  /** Actions of calls whose client did not wait for the response. */
  abandoned: string[]
  /**
   * Responses by action, which of a REST call is its method and path. `{ __type }` is an error, with `status` or 400; `{ xml }` is
   * the result of an action of the query protocol. Other actions respond with `{}`.
   */
  answers: Record<string, (input: Record<string, unknown>) => object | Promise<object>>
  /** Response to S3's HeadObject. */
  head?: () => { status: number; headers: Record<string, string> }
  close(): void
}

/** Serves the JSON, REST and query protocols, and directs this process's SDK clients to itself. */
export async function startFakeAws(): Promise<FakeAws> {
  const fake: FakeAws = { endpoint: '', calls: [], abandoned: [], answers: {}, close: () => void server.close() }
  const server = createServer(async (request, response) => {
    if (request.method === 'HEAD') {
      const { status, headers } = fake.head?.() ?? { status: 404, headers: {} }
      response.writeHead(status, headers).end()
      return
    }
    const body = Buffer.concat(await request.toArray()).toString()
    const target = request.headers['x-amz-target']
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
    const { Action, ...fields } = isForm ? Object.fromEntries(new URLSearchParams(body)) : {}
    const rest = `${request.method} ${request.url}`
    const action = Action ?? (target ? String(target).split('.').at(-1)! : rest)
    const input = isForm ? fields : (JSON.parse(body || '{}') as Record<string, unknown>)
    fake.calls.push({ action, input })
    response.once('close', () => response.writableEnded || fake.abandoned.push(action))
    const answer: { __type?: string; status?: number; xml?: string } = (await fake.answers[action]?.(input)) ?? {}
    if (isForm) {
      response.writeHead(200, { 'Content-Type': 'text/xml' })
      response.end(`<${action}Response><${action}Result>${answer.xml ?? ''}</${action}Result></${action}Response>`)
    } else {
      const status = answer.__type === undefined ? 200 : (answer.status ?? 400)
      response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer))
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
