/** Options for AWS clients whose requests a function answers, instead of the network. */
import { Readable } from 'node:stream'
import type { AwsOptions } from '../../client/aws.ts'

/** A request: JSON's operation and fields, or those of a form. */
export interface Asked {
  operation: string
  // biome-ignore lint/suspicious/noExplicitAny: the fields of any operation
  fields: any
}

/** @param answer returns JSON or XML, or throws a `Refusal` */
export function answering(answer: (asked: Asked) => object | string) {
  const state = { closed: 0 }
  const requestHandler = {
    async handle({ headers, body }: { headers: Record<string, string>; body: Uint8Array | string }) {
      const text = typeof body === 'string' ? body : Buffer.from(body).toString()
      const target = headers['x-amz-target']?.split('.')[1]
      const form = Object.fromEntries(new URLSearchParams(text))
      try {
        const said = answer(
          target === undefined
            ? { operation: form.Action ?? '', fields: form }
            : { operation: target, fields: JSON.parse(text) },
        )
        return respond(200, typeof said === 'string' ? said : JSON.stringify(said))
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        return respond(400, error.body)
      }
    },
    destroy: () => void state.closed++,
  }
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const options = { region: 'us-east-1', credentials, maxAttempts: 1, requestHandler } as AwsOptions
  return { options, state }
}

/** An error of AWS. */
export class Refusal extends Error {
  readonly body: string

  constructor(name: string, message: string, format: 'json' | 'xml') {
    super(message)
    this.body =
      format === 'json'
        ? JSON.stringify({ __type: name, message })
        : `<ErrorResponse><Error><Type>Sender</Type><Code>${name}</Code><Message>${message}</Message></Error></ErrorResponse>`
  }
}

function respond(statusCode: number, body: string) {
  return { response: { statusCode, headers: {}, body: Readable.from([Buffer.from(body)]) } }
}
