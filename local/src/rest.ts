/** The AWS REST-JSON protocol: method and path select the operation; path and JSON body are its input. */
import { text } from 'node:stream/consumers'
import { AwsError, type Handler, sendError, sendJson } from './protocol.ts'

/** @param path the values of the template's `{placeholders}`, decoded. @param input the body */
export type RestOperation = (call: {
  path: Record<string, string>
  input: Record<string, unknown>
  query: URLSearchParams
}) => Promise<object> | object

/**
 * A service with the REST-JSON protocol.
 *
 * @param operations by method and path, with placeholders: `GET /v2/email/identities/{name}`
 * @see https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
 */
export function awsRest(operations: Record<string, RestOperation>): Handler {
  const routes = Object.entries(operations).map(([route, run]) => {
    const [method, template = ''] = route.split(' ')
    return { method, pattern: new RegExp(`^${template.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}/?$`), run }
  })
  return async (request, response) => {
    try {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1')
      const body = await text(request)
      for (const { method, pattern, run } of routes) {
        const match = method === request.method ? pattern.exec(url.pathname) : null
        if (!match) continue
        const path = Object.fromEntries(
          Object.entries(match.groups ?? {}).map(([name, value]) => [name, decoded(value)]),
        )
        return sendJson(response, 200, await run({ path, input: parse(body), query: url.searchParams }))
      }
      throw new AwsError(
        'UnknownOperationException',
        `The local cloud does not know the operation “${request.method} ${url.pathname}”.`,
        404,
      )
    } catch (error) {
      sendError(response, error)
    }
  }
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    throw new AwsError('BadRequestException', 'The path is not well-formed.')
  }
}

function parse(body: string): Record<string, unknown> {
  if (body === '') return {}
  try {
    const input: unknown = JSON.parse(body)
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Record<string, unknown>
  } catch {
    // Reported below.
  }
  throw new AwsError('SerializationException', 'The body must be a JSON object.')
}
