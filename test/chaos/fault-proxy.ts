/** An HTTP proxy for every AWS call of the functions, which fails, throttles, resets, hangs, truncates and delays calls. */
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { serviceOf } from '../../local/src/gateway.ts'
import type { Random } from './random.ts'

export const FAULTS = ['error', 'throttle', 'reset', 'lost', 'hang', 'truncate', 'late'] as const
export type Fault = (typeof FAULTS)[number]

export interface FaultProxy {
  /** The functions' `AWS_ENDPOINT_URL`. */
  url: string
  /** Share of the calls that are disturbed; the test sets it. */
  rate: number
  calls(): number
  faults(): Record<Fault, number>
  /** Number of mails that SES accepted without its caller getting the response. Such a mail may be sent again. */
  unconfirmedMails(): number
  close(): Promise<void>
}

/** Share of the chosen hangs that really hang, because each makes its caller wait until its timeout. */
const HANGS = 0.25

/** @param options.target the local cloud's port */
export async function startFaultProxy(options: { target: number; random: Random }): Promise<FaultProxy> {
  const { target, random } = options
  const faults = Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>
  let calls = 0
  let unconfirmed = 0
  const streams = new Map<string, Random>()

  /** Chooses a fault by operation and number of the call, so that a seed disturbs the same calls in any interleaving. */
  function faultOf(operation: string): Fault | undefined {
    const stream = streams.get(operation) ?? random.fork(operation)
    streams.set(operation, stream)
    const [chance, kind, mercy] = [stream.next(), stream.pick(FAULTS), stream.next()]
    if (chance >= proxy.rate) return undefined
    return kind === 'hang' && mercy > HANGS ? 'late' : kind
  }

  const server = createServer((request, response) => {
    calls++
    const service = serviceOf(request)
    const fault = faultOf(`${service} ${request.headers['x-amz-target'] ?? request.method}`)
    if (fault) faults[fault]++
    if (service === 'ses' && (fault === 'lost' || fault === 'truncate')) unconfirmed++
    const pass = (how?: 'lost' | 'truncate') => forward(request, response, target, how)
    switch (fault) {
      case 'error':
        return void refuse(request, response, service, 500, 'InternalServerError')
      case 'throttle':
        return void refuse(request, response, service, service === 's3' ? 503 : 400, 'ThrottlingException')
      case 'reset':
        return request.socket.destroy()
      case 'hang':
        return
      case 'late':
        return void setTimeout(pass, random.between(20, 800))
      default:
        return pass(fault)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rate: 0,
    calls: () => calls,
    faults: () => ({ ...faults }),
    unconfirmedMails: () => unconfirmed,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return proxy
}

async function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  service: string,
  status: number,
  code: string,
) {
  await text(request).catch(() => '')
  const isXml = service === 's3' || service === 'sns'
  const name = service === 's3' && status === 503 ? 'SlowDown' : code
  const xml = `<ErrorResponse><Error><Code>${name}</Code><Message>Chaos</Message></Error></ErrorResponse>`
  const body = service === 's3' ? `<Error><Code>${name}</Code><Message>Chaos</Message></Error>` : xml
  response.writeHead(status, { 'content-type': isXml ? 'application/xml' : 'application/x-amz-json-1.0' })
  response.end(isXml ? body : JSON.stringify({ __type: name, message: 'Chaos' }))
}

function forward(request: IncomingMessage, response: ServerResponse, port: number, how?: 'lost' | 'truncate') {
  const { method, url, headers } = request
  const cut = () => request.socket.destroy()
  const onward = send({ port, host: '127.0.0.1', method, path: url, headers, agent: false }, (answer) => {
    // The call is carried out, but its caller does not get the response.
    if (how === 'lost') {
      answer.resume()
      return void answer.on('end', cut)
    }
    response.writeHead(answer.statusCode ?? 500, answer.headers)
    if (how === undefined) return void answer.pipe(response)
    answer.once('data', (bytes: Buffer) => response.write(bytes.subarray(0, bytes.length >> 1), cut))
    answer.on('end', cut)
  })
  onward.on('error', cut)
  request.on('error', () => onward.destroy())
  response.on('close', () => onward.destroy())
  request.pipe(onward)
}
