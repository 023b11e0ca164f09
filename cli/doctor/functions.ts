/** Checks the deployed functions, and that the queue delivers to them. */
import {
  type FunctionConfiguration,
  GetFunctionCommand,
  type LambdaClient,
  paginateListEventSourceMappings,
} from '@aws-sdk/client-lambda'
import type { Pause } from '@carryout/client'
import { attempt, type Finding, failed, ok, warning } from './finding.ts'

export interface DeployedFunction extends FunctionConfiguration {
  reserved: number
}

const RUNTIME = 'nodejs24.x'
/** An idle function in a VPC becomes active again with its next call. */
const USABLE = ['Active', 'Inactive', 'Pending']

/**
 * Functions by the last part of their name, such as `export-chunk`. Functions that the stack does not have are missing.
 */
export type Functions = ReadonlyMap<string, DeployedFunction>

export async function findFunctions(lambda: LambdaClient, prefix: string, handlers: readonly string[]) {
  const found = new Map<string, DeployedFunction>()
  for (const handler of handlers) {
    const deployed = await findFunction(lambda, `${prefix}-${handler}`)
    if (deployed) found.set(handler, deployed)
  }
  return found satisfies Functions
}

async function findFunction(lambda: LambdaClient, FunctionName: string): Promise<DeployedFunction | undefined> {
  try {
    const { Configuration, Concurrency } = await lambda.send(new GetFunctionCommand({ FunctionName }))
    return { ...Configuration, reserved: Concurrency?.ReservedConcurrentExecutions ?? 0 }
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined
    throw error
  }
}

export function checkFunctions(functions: Functions): Finding[] {
  const check = 'Functions'
  const broken = [...functions.values()].filter(
    ({ State = '', LastUpdateStatus }) => !USABLE.includes(State) || LastUpdateStatus === 'Failed',
  )
  const old = [...functions.values()].filter(({ Runtime }) => Runtime !== RUNTIME)
  if (broken.length === 0 && old.length === 0) return [ok(check, `${functions.size} are ready, on ${RUNTIME}.`)]
  return [
    ...broken.map(({ FunctionName = '', State, StateReason, LastUpdateStatusReason }) =>
      failed(
        check,
        `${FunctionName} is ${State}: ${StateReason ?? LastUpdateStatusReason ?? 'AWS gave no reason'}`,
        'Fix the cause, and deploy the stack again.',
      ),
    ),
    ...old.map(({ FunctionName = '', Runtime }) =>
      warning(
        check,
        `${FunctionName} runs on ${Runtime}, not ${RUNTIME}.`,
        'Deploy the stack with the current package.',
      ),
    ),
  ]
}

/** @param pause null if downloads are not paused, undefined if unknown */
export function checkDelivery(lambda: LambdaClient, FunctionName: string, pause: Pause | null | undefined) {
  const check = 'Queue'
  return attempt(check, 'lambda:ListEventSourceMappings', async () => {
    if (pause) {
      return warning(
        check,
        `Downloads have been paused since ${pause.at} by ${pause.by}${pause.reason && ` (${pause.reason})`}.`,
        'carryout resume',
      )
    }
    const states: string[] = []
    for await (const page of paginateListEventSourceMappings({ client: lambda }, { FunctionName })) {
      states.push(...(page.EventSourceMappings ?? []).map(({ State = '' }) => State))
    }
    if (states.length > 0 && states.every((state) => state === 'Enabled')) return ok(check, 'It feeds start.')
    return failed(
      check,
      states.length === 0
        ? 'No event source mapping delivers messages to start.'
        : `The event source mapping of start is ${states.join(', ')}.`,
      states.length === 0 ? 'Deploy the stack again.' : 'carryout resume',
    )
  })
}
