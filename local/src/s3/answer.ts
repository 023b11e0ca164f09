/** Sends responses: XML, nothing, or an error. */
import { awsErrorOf } from '../protocol.ts'
import type { Call } from './call.ts'
import { S3Error } from './errors.ts'
import { xml } from './xml.ts'

export function sendXml(call: Call, document: Buffer, headers: Record<string, string> = {}): void {
  call.response.writeHead(200, { ...headers, 'content-type': 'application/xml', 'content-length': document.length })
  call.response.end(document)
}

export function sendEmpty(call: Call, status: number, headers: Record<string, string> = {}): void {
  const withoutLength = status === 204 || status === 304
  call.response.writeHead(status, withoutLength ? headers : { 'content-length': 0, ...headers })
  call.response.end()
}

/** Sends the error as S3's XML, or as a bare status for a HEAD, whose responses have no body. */
export function sendError(call: Pick<Call, 'response' | 'requestId' | 'method' | 'path'>, error: unknown): void {
  const { response } = call
  if (response.headersSent) {
    // Part of the object has been sent; only a broken connection tells the reader that the rest is missing.
    response.destroy()
    return
  }
  const known = awsErrorOf(error, 'InternalError')
  for (const name of response.getHeaderNames()) if (!name.startsWith('x-amz-')) response.removeHeader(name)
  if (call.method === 'HEAD' || known.status === 304) {
    response.writeHead(known.status).end()
    return
  }
  const document = xml('Error', {
    Code: known.code,
    Message: known.message,
    ...(known instanceof S3Error ? known.details : {}),
    Resource: call.path,
    RequestId: call.requestId,
    HostId: call.requestId,
  })
  response.writeHead(known.status, { 'content-type': 'application/xml', 'content-length': document.length })
  response.end(document)
}
