/**
 * Runs before every service: a request signed with a role's key is handled only as far as the role's policies allow.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { awsArn } from '../arn.ts'
import { AwsError, sendError } from '../protocol.ts'
import { sendQueryError } from '../query.ts'
import { sendError as sendS3Error } from '../s3/answer.ts'
import { type Call, parseCall } from '../s3/call.ts'
import { S3Error } from '../s3/errors.ts'
import type { Iam, Principal } from './iam.ts'
import { type Place, type Wanted, wantedOf } from './requests.ts'
import { wantedOfS3 } from './s3-requests.ts'

/** @returns the request to handle; undefined once it has been refused */
export type Guard = (
  service: string,
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<IncomingMessage | undefined>

/** @param options.exists whether a key has an object */
export function createGuard(options: {
  iam: Pick<Iam, 'principalOf' | 'authorize'>
  place: Place
  exists(bucket: string, key: string): boolean
}): Guard {
  const { iam, place, exists } = options

  async function check(service: string, request: IncomingMessage, principal: Principal, response: ServerResponse) {
    const authorize = ({ action, resource, context }: Wanted) =>
      iam.authorize(principal, action, resource, { ...context, 'lambda:SourceFunctionArn': functionArn(principal) })
    if (service === 's3') {
      const call = parseCall(request, response, '')
      const body = isDeletion(call) ? await buffer(request) : undefined
      for (const wanted of wantedOfS3(call, exists, body?.toString() ?? '')) authorize(wanted)
      return body === undefined ? request : replayed(request, body)
    }
    const body = await buffer(request)
    for (const wanted of wantedOf(service, request, body, place)) authorize(wanted)
    return replayed(request, body)
  }

  const functionArn = ({ session }: Principal) => awsArn('lambda', `function:${session}`, place)

  return async (service, request, response) => {
    const principal = iam.principalOf(accessKeyOf(request) ?? '')
    if (!principal) return request
    try {
      return await check(service, request, principal, response)
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      refuse(service, request, response, error)
      return undefined
    }
  }
}

/** Returns the access key in the header or in a presigned URL. */
function accessKeyOf({ headers, url = '' }: Pick<IncomingMessage, 'headers' | 'url'>): string | undefined {
  const header = /Credential=([^/\s,]+)\//.exec(headers.authorization ?? '')?.[1]
  return header ?? new URLSearchParams(url.split('?')[1] ?? '').get('X-Amz-Credential')?.split('/')[0]
}

/** Refuses in the format of the service's protocol. */
function refuse(service: string, request: IncomingMessage, response: ServerResponse, error: AwsError) {
  const { message } = error
  if (service === 's3') {
    request.resume()
    const known = error.code === 'AccessDeniedException' ? new S3Error('AccessDenied', 403, message) : error
    const path = request.url?.split('?')[0] ?? ''
    sendS3Error({ response, requestId: '', method: request.method ?? '', path }, known)
  } else if (service === 'sns') {
    sendQueryError(
      response,
      new AwsError('AuthorizationError', message, 403),
      'http://sns.amazonaws.com/doc/2010-03-31/',
    )
  } else if (service === 'sqs') {
    response.setHeader('x-amzn-query-error', 'AccessDenied;Sender')
    sendError(response, error, 'application/x-amz-json-1.0')
  } else {
    // JSON services answer 400, REST services 403.
    const status = request.headers['x-amz-target'] === undefined ? 403 : 400
    sendError(response, new AwsError(error.code, message, status))
  }
}

function isDeletion({ method, key, query }: Call): boolean {
  return method === 'POST' && key === '' && query.has('delete')
}

/** Returns the same request with a body that can be read again. */
function replayed(request: IncomingMessage, body: Buffer): IncomingMessage {
  const { method, url, headers, socket } = request
  const again = Readable.from([body], { objectMode: false })
  return Object.assign(again, { method, url, headers, socket, complete: true }) as unknown as IncomingMessage
}
