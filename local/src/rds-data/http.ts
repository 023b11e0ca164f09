/** The Data API's requests and responses: JSON, with the error's name in a header. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AwsError } from '../protocol.ts'
import { RdsDataError } from './errors.ts'

/** @throws RdsDataError if the body is too large or not JSON */
export async function readBody(request: IncomingMessage, most: number): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= most) chunks.push(chunk)
  }
  if (bytes > most) throw new RdsDataError('BadRequestException', 'The request is larger than 4 MiB.')
  const body = parseJson(Buffer.concat(chunks).toString())
  if (body === undefined) throw new RdsDataError('BadRequestException', 'The body is not JSON.')
  return body
}

/** Parses JSON, keeping integers exact that a JavaScript number would round; undefined if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    // TypeScript's library lacks the third argument.
    const exact = (_key: string, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) && context?.source
        ? BigInt(/^-?\d+$/.test(context.source) ? context.source : value)
        : value
    return JSON.parse(text, exact as Parameters<typeof JSON.parse>[1])
  } catch {
    return undefined
  }
}

export function send(response: ServerResponse, status: number, json: string, headers: Record<string, string> = {}) {
  const bytes = Buffer.from(json)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, ...headers })
  response.end(bytes)
}

export function refuse(response: ServerResponse, error: unknown) {
  const known = error instanceof AwsError ? error : new AwsError('InternalServerErrorException', String(error), 500)
  const details = known instanceof RdsDataError ? known.details : {}
  send(response, known.status, JSON.stringify({ message: known.message, ...details }), {
    'x-amzn-errortype': known.code,
  })
}
