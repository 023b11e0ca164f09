/**
 * Asks what the deployed catalogue contains, and whether it accepts a request. The function of `Prepare` answers both;
 * it is made from the catalogue and found in the state machine's definition. The caller needs permission to invoke it.
 */
import { DescribeStateMachineCommand, type SFNClient } from '@aws-sdk/client-sfn'
import type { Prepared } from '../statemachine/contract.ts'
import type { ExportDescription } from '../statemachine/description.ts'
import type { Request } from '../statemachine/request.ts'
import { type AwsOptions, loadPeer } from './aws.ts'

interface Definition {
  States?: { Prepare?: { Arguments?: { FunctionName?: string } } }
}

/** Errors that describe what is wrong with a request; any other is Lambda's or the function's own. */
const REFUSALS = ['InvalidRequest', 'UnknownExport']

export async function describeCatalogue(prepare: string, options: AwsOptions): Promise<ExportDescription[]> {
  const { value, error } = await invoke(prepare, { describe: 'catalogue' }, options)
  if (error) throw new Error(`The catalogue could not be read: ${error.errorMessage}`)
  return value as ExportDescription[]
}

/** The deployed catalogue's answer about a request, without exporting it. */
export interface Examined {
  /** What is wrong with the request, in a sentence; null if it would be exported. */
  problem: string | null
  /** Digest of the deployed code. With other code the same request may give another file. Null if unknown. */
  catalogue: string | null
}

/** @throws Error if the function cannot be invoked, or failed for another reason than a refusal */
export async function examineRequest(prepare: string, request: Request, options: AwsOptions): Promise<Examined> {
  const { value, error } = await invoke(prepare, { name: request.id, request }, options)
  if (!error) return { problem: null, catalogue: (value as Partial<Prepared>).plan?.catalogue ?? null }
  if (REFUSALS.includes(error.errorType)) return { problem: error.errorMessage, catalogue: null }
  throw new Error(`The request could not be checked: ${error.errorType}: ${error.errorMessage}`)
}

/** @returns the function's name or ARN; undefined if the state machine is not Carryout's */
export async function findPrepare(sfn: SFNClient, stateMachineArn: string): Promise<string | undefined> {
  const { definition = '{}' } = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn }))
  return (JSON.parse(definition) as Definition).States?.Prepare?.Arguments?.FunctionName
}

let sdk: Promise<typeof import('@aws-sdk/client-lambda')> | undefined
/** A cold start in a VPC takes two to three seconds, and the function may run for thirty. */
const REQUEST_HANDLER = { connectionTimeout: 2_000, requestTimeout: 35_000, throwOnRequestTimeout: true }

async function invoke(functionName: string, input: object, options: AwsOptions) {
  sdk ??= loadPeer('@aws-sdk/client-lambda', () => import('@aws-sdk/client-lambda'), 'Asking the catalogue')
  const { LambdaClient, InvokeCommand } = await sdk
  const client = new LambdaClient({ requestHandler: REQUEST_HANDLER, ...options })
  try {
    const { Payload, FunctionError } = await client.send(
      new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(input) }),
    )
    const value: unknown = JSON.parse(Buffer.from(Payload ?? []).toString() || 'null')
    return FunctionError ? { error: value as { errorType: string; errorMessage: string } } : { value }
  } finally {
    client.destroy()
  }
}
