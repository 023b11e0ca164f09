/**
 * The AWS query protocol of SNS, STS and CloudFormation: forms in, XML out.
 *
 * @see https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */

import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { AwsError, type Handler } from './protocol.ts'
import { escapeXml } from './xml.ts'

/** A form's fields: nested ones are flat (`Attributes.entry.1.key`). */
export type Form = Record<string, string>

/** A result: an object's fields become elements, an array's items `<member>`. Undefined fields are omitted. */
export type Xml = string | number | boolean | Date | undefined | Xml[] | { [name: string]: Xml }

export type QueryOperation = (form: Form) => Promise<{ [name: string]: Xml }> | { [name: string]: Xml }

/**
 * A service with the query protocol.
 *
 * @param namespace of the service's XML, as its SDK expects it
 * @param fallback handles operations that are not listed; by default they are refused
 */
export function awsQuery(
  namespace: string,
  operations: Record<string, QueryOperation>,
  fallback?: (form: string, request: Parameters<Handler>[0], response: ServerResponse) => Promise<void>,
): Handler {
  return async (request, response) => {
    try {
      const body = await text(request)
      const form = Object.fromEntries(new URLSearchParams(body))
      const action = form.Action ?? ''
      const operation = Object.hasOwn(operations, action) ? operations[action] : undefined
      if (operation) {
        const result = await operation(form)
        sendXml(
          response,
          200,
          {
            [`${action}Response`]: { [`${action}Result`]: result, ResponseMetadata: { RequestId: randomUUID() } },
          },
          namespace,
        )
      } else if (fallback) await fallback(body, request, response)
      else throw new AwsError('InvalidAction', `The local cloud does not know the operation “${action}”.`)
    } catch (error) {
      sendQueryError(response, error, namespace)
    }
  }
}

/** Sends the error in the query protocol's format. */
export function sendQueryError(response: ServerResponse, error: unknown, namespace: string) {
  const known = error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500)
  const Type = known.status < 500 ? 'Sender' : 'Receiver'
  sendXml(
    response,
    known.status,
    { ErrorResponse: { Error: { Type, Code: known.code, Message: known.message }, RequestId: randomUUID() } },
    namespace,
  )
}

function sendXml(response: ServerResponse, status: number, root: { [name: string]: Xml }, namespace: string) {
  const body = xml(root).replace(/^<(\w+)>/, `<$1 xmlns="${namespace}">`)
  response.writeHead(status, { 'content-type': 'text/xml' }).end(body)
}

export function xml(value: Xml): string {
  if (value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map((item) => `<member>${xml(item)}</member>`).join('')
  if (typeof value === 'object') {
    return Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([name, item]) => `<${name}>${xml(item)}</${name}>`)
      .join('')
  }
  return escapeXml(String(value))
}
