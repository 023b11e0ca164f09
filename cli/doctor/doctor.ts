/** Runs all checks, in the order in which a deployment depends on them. */
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SESv2Client } from '@aws-sdk/client-sesv2'
import { SNSClient } from '@aws-sdk/client-sns'
import type { AwsOptions, Carryout, Parts } from '@carryout/client'
import { checkConcurrency, checkRegion } from './account.ts'
import { attempt, type Finding, warning } from './finding.ts'
import { checkDelivery, checkFunctions, type Functions, findFunctions } from './functions.ts'
import { checkNetwork } from './network.ts'
import { checkMail, checkSubscriptions } from './notices.ts'

const HANDLERS = ['start', 'prepare', 'export-chunk', 'finish', 'notify', 'halt', 'open-link', 'mail-requester']
/** The checkup in a function whose packets are dropped takes a minute. */
const ANSWER_MILLIS = 120_000

/** A variable of the function's environment, set by the construct. */
const TOPIC = 'CARRYOUT_TOPIC_ARN'
const SENDER = 'CARRYOUT_MAIL_FROM'

/** @yields each finding as soon as it is known */
export async function* examine(carryout: Carryout, options: AwsOptions): AsyncGenerator<Finding, void> {
  const lambda = new LambdaClient({ ...options, requestHandler: { requestTimeout: ANSWER_MILLIS } })
  try {
    const region = await lambda.config.region()
    const parts = await findStack(carryout)
    if (!('stateMachineArn' in parts)) {
      yield checkRegion(region, undefined)
      yield* await checkConcurrency(lambda, undefined)
      yield parts
      return
    }
    yield* examineStack(carryout, parts, { lambda, region, options })
  } finally {
    lambda.destroy()
  }
}

async function findStack(carryout: Carryout): Promise<Parts | Finding> {
  try {
    return await carryout.parts()
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'StackNotFound') throw error
    return warning('Stack', `${error.message} The other checks need it.`, 'npx cdk deploy')
  }
}

async function* examineStack(
  carryout: Carryout,
  { stateMachineArn }: Parts,
  { lambda, region, options }: { lambda: LambdaClient; region: string; options: AwsOptions },
): AsyncGenerator<Finding, void> {
  const prefix = stateMachineArn
    .split(':')
    .at(-1)!
    .replace(/-download$/, '')
  let functions: Functions | undefined
  const denied = await attempt('Functions', 'lambda:GetFunction', async () => {
    functions = await findFunctions(lambda, prefix, HANDLERS)
    return []
  })
  if (!functions) {
    yield checkRegion(region, undefined)
    yield* await checkConcurrency(lambda, undefined)
    yield* denied
    return
  }
  const reserved = [...functions.values()].reduce((sum, fn) => sum + fn.reserved, 0)
  yield checkRegion(region, functions.has('open-link'))
  yield* await checkConcurrency(lambda, reserved)
  yield* checkFunctions(functions)
  const pause = await carryout.paused().catch(() => undefined)
  yield* await checkDelivery(lambda, `${prefix}-start`, pause)
  const exportChunk = functions.get('export-chunk')
  const nobody = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:doctor`
  if (exportChunk) yield* await checkNetwork(lambda, exportChunk, nobody)
  yield* examineNotices(functions, options)
}

async function* examineNotices(functions: Functions, options: AwsOptions): AsyncGenerator<Finding, void> {
  const variable = (handler: string, name: string) => functions.get(handler)?.Environment?.Variables?.[name]
  const topic = variable('notify', TOPIC)
  const sender = variable('mail-requester', SENDER)
  const sns = new SNSClient(options)
  const ses = new SESv2Client(options)
  try {
    if (topic) yield* await checkSubscriptions(sns, topic)
    if (sender) yield* await checkMail(ses, sender)
  } finally {
    sns.destroy()
    ses.destroy()
  }
}
