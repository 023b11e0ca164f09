/** Options for AWS clients whose requests a function answers, instead of the network. */
import { Readable } from 'node:stream'
import type { AwsOptions } from '../../client/aws.ts'

/** A request: the operation and fields of JSON or of a form, or the method and path of a REST call with its body. */
export interface Asked {
  operation: string
  // biome-ignore lint/suspicious/noExplicitAny: the fields of any operation
  fields: any
}

interface HttpRequest {
  method: string
  path: string
  headers: Record<string, string>
  body: Uint8Array | string
}

/**
 * @param answer returns JSON or XML, or throws a `Refusal`
 * @param dynamo handles the requests to DynamoDB
 */
export function answering(
  answer: (asked: Asked) => object | string,
  dynamo?: { handle(request: never): Promise<object> },
) {
  const state = { closed: 0 }
  const requestHandler = {
    async handle(request: HttpRequest) {
      const { method, path, headers, body = '' } = request
      const target = headers['x-amz-target']?.split('.')
      if (dynamo && target?.[0]?.startsWith('DynamoDB')) return await dynamo.handle(request as never)
      const text = typeof body === 'string' ? body : new TextDecoder().decode(body)
      const form = Object.fromEntries(new URLSearchParams(text))
      try {
        const said = answer(
          target
            ? { operation: target[1]!, fields: JSON.parse(text) }
            : { operation: form.Action ?? `${method} ${path}`, fields: form.Action ? form : text },
        )
        return respond(200, typeof said === 'string' ? said : JSON.stringify(said))
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        return respond(error.statusCode, error.body)
      }
    },
    destroy: () => void state.closed++,
  }
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  // The queue's client would compare a digest of the messages.
  const options = { region: 'us-east-1', credentials, maxAttempts: 1, md5: false, requestHandler } as AwsOptions
  return { options, state }
}

/** An error of AWS. */
export class Refusal extends Error {
  readonly body: string
  readonly statusCode: number

  constructor(name: string, message: string, format: 'json' | 'xml' | 'none', statusCode = 400) {
    super(message)
    this.statusCode = statusCode
    this.body = {
      json: JSON.stringify({ __type: name, message }),
      xml: `<ErrorResponse><Error><Type>Sender</Type><Code>${name}</Code><Message>${message}</Message></Error></ErrorResponse>`,
      none: '',
    }[format]
  }
}

function respond(statusCode: number, body: string) {
  return { response: { statusCode, headers: {}, body: Readable.from([Buffer.from(body)]) } }
}
