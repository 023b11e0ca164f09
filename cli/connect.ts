/**
 * Connects to a Carryout by the options of every command. The SDK is loaded only here, so that help and usage errors
 * are instant.
 */
import type { AwsOptions, Carryout } from '@carryout/client'
import type { OperatorClient } from '@carryout/client/operator'
import { type LocalPlace, localPlace } from '../terminal/local-place.ts'
import type { globalOptions, Values } from './command.ts'

type Options = Values<typeof globalOptions>

export async function connect(options: Options): Promise<Carryout> {
  const { createCarryout, DEFAULT_STACK } = await import('@carryout/client')
  const { stackName = DEFAULT_STACK, construct, aws } = placeOf(options)
  return createCarryout({ stackName, construct }, aws)
}

/** Connects with the operator's client. */
export async function connectOperator(options: Options): Promise<OperatorClient> {
  const [{ createOperator }, { DEFAULT_STACK }] = await Promise.all([
    import('@carryout/client/operator'),
    import('@carryout/client'),
  ])
  const { stackName = DEFAULT_STACK, construct, aws } = placeOf(options)
  return createOperator({ stackName, construct }, aws)
}

/** Returns the stack, if given, and the options of the AWS clients. @throws NoLocalCloud */
export function placeOf(options: Options): { stackName: string | undefined; construct?: string; aws: AwsOptions } {
  const { stack, construct, local, region, profile } = options
  const here: LocalPlace | undefined = local ? localPlace() : undefined
  return {
    stackName: stack ?? here?.stackName,
    ...(construct && { construct }),
    // Only options that were given, because the SDK treats `undefined` as a value.
    aws: here?.aws ?? { ...(region && { region }), ...(profile && { profile }) },
  }
}
