/** From the options of every command to Carryout. The SDK is loaded only here, so that help and typing errors are instant. */
import type { AwsOptions, Carryout } from '@carryout/client'
import type { OperatorClient } from '@carryout/client/operator'
import type { globalOptions, Values } from './command.ts'

type Place = Values<typeof globalOptions>

export async function connect({ stack, construct, ...values }: Place): Promise<Carryout> {
  const { createCarryout, DEFAULT_STACK } = await import('@carryout/client')
  return createCarryout({ stackName: stack ?? DEFAULT_STACK, construct }, awsOptions(values))
}

/** For what only an operator does. */
export async function connectOperator({ stack, construct, ...values }: Place): Promise<OperatorClient> {
  const [{ createOperator }, { DEFAULT_STACK }] = await Promise.all([
    import('@carryout/client/operator'),
    import('@carryout/client'),
  ])
  return createOperator({ stackName: stack ?? DEFAULT_STACK, construct }, awsOptions(values))
}

/** Only what was given: the SDK takes an `undefined` for a value. */
export function awsOptions({ region, profile }: Place): AwsOptions {
  return { ...(region && { region }), ...(profile && { profile }) }
}
