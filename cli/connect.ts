/** From the options of every command to Carryout. The SDK is loaded only here, so that help and typing errors are instant. */
import type { Carryout } from '../client/carryout.ts'
import type { AwsOptions } from '../client/stack.ts'
import type { globalOptions, Values } from './command.ts'

type Place = Values<typeof globalOptions>

export async function connect({ stack, ...values }: Place): Promise<Carryout> {
  const { createCarryout } = await import('../client/carryout.ts')
  const { DEFAULT_STACK } = await import('../client/stack.ts')
  return createCarryout({ stackName: stack ?? DEFAULT_STACK }, awsOptions(values))
}

/** Only what was given: the SDK takes an `undefined` for a value. */
export function awsOptions({ region, profile }: Place): AwsOptions {
  return { ...(region && { region }), ...(profile && { profile }) }
}
