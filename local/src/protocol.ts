/**
 * The common wire protocol of the local services: the AWS JSON protocol, its errors, and the interface to the gateway.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { DISK_FULL, isDiskFull } from './disk.ts'

/** Handles one HTTP request that the gateway passed to this service. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** An error in the format of AWS services; SDKs match on `code`. */
export class AwsError extends Error {
  readonly code: string
  readonly status: number
  constructor(code: string, message: string, status = 400) {
    super(message)
    this.name = 'AwsError'
    this.code = code
    this.status = status
  }
}

export type Operation = (input: Record<string, unknown>) => Promise<object> | object

/**
 * A service with the AWS JSON protocol: one POST per call, with the operation's name in `X-Amz-Target`. It never
 * throws: errors become responses, unexpected ones a 500 `InternalFailure` without a stack trace.
 *
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
export function awsJson(operations: Record<string, Operation>): Handler {
  return async (request, response) => {
    const contentType = request.headers['content-type'] ?? 'application/x-amz-json-1.1'
    const target = String(request.headers['x-amz-target'] ?? '')
    try {
      const name = target.slice(target.lastIndexOf('.') + 1)
      const operation = Object.hasOwn(operations, name) ? operations[name] : undefined
      if (!operation) {
        throw new AwsError('UnknownOperationException', `The local cloud does not know the operation “${target}”.`)
      }
      const body = await text(request)
      sendJson(response, 200, await operation(parse(body)), contentType)
    } catch (error) {
      sendError(response, error, contentType)
    }
  }
}

export function sendJson(response: ServerResponse, status: number, body: object, contentType = 'application/json') {
  const bytes = Buffer.from(JSON.stringify(body))
  response.writeHead(status, { 'content-type': contentType, 'content-length': bytes.length })
  response.end(bytes)
}

export function sendError(response: ServerResponse, error: unknown, contentType = 'application/json') {
  const known = awsErrorOf(error, 'InternalFailure')
  response.setHeader('x-amzn-errortype', known.code)
  sendJson(response, known.status, { __type: known.code, message: known.message }, contentType)
}

/** @param code for an unexpected error */
export function awsErrorOf(error: unknown, code: string): AwsError {
  if (error instanceof AwsError) return error
  // SDKs retry a 503.
  if (isDiskFull(error)) return new AwsError('ServiceUnavailable', DISK_FULL, 503)
  return new AwsError(code, String(error), 500)
}

function parse(body: string): Record<string, unknown> {
  if (body === '') return {}
  try {
    return JSON.parse(body) as Record<string, unknown>
  } catch {
    throw new AwsError('SerializationException', 'The body is not JSON.')
  }
}
