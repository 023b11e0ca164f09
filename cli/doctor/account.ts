/** Checks the account and region before anything is deployed. */
import { GetAccountSettingsCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import { WITHOUT_FUNCTION_URLS } from '../../statemachine/regions.ts'
import { count } from '../../terminal/format.ts'
import { attempt, type Finding, failed, ok } from './finding.ts'

/**
 * AWS requires this much unreserved concurrency.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 */
const UNRESERVED = 100
/** The default reservation of a stack: one for `start`, ten for links, and one query. */
const USUALLY_RESERVED = 12

/** @param reserved concurrency of the deployed stack; undefined if there is none */
export function checkConcurrency(lambda: LambdaClient, reserved: number | undefined): Promise<Finding[]> {
  const check = 'Concurrency'
  return attempt(check, 'lambda:GetAccountSettings', async () => {
    const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand())
    const limit = AccountLimit?.ConcurrentExecutions ?? 0
    const needed = (reserved ?? USUALLY_RESERVED) + UNRESERVED
    const has = `The account may run ${count(limit)} functions at once in this region`
    if (limit >= needed) {
      return ok(check, `${has}; the stack reserves ${reserved ?? `${USUALLY_RESERVED} by default`}.`)
    }
    return failed(
      check,
      `${has}, but the stack reserves ${reserved ?? USUALLY_RESERVED}, and AWS requires ${UNRESERVED} to stay unreserved.`,
      `Raise the quota “Concurrent executions” of Lambda to ${needed} or more: aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000`,
    )
  })
}

/** @param hasLinks whether the deployed stack has a function URL; undefined if there is no stack */
export function checkRegion(region: string, hasLinks: boolean | undefined): Finding {
  const check = 'Region'
  if (hasLinks === false) return ok(check, `${region}; the stack needs no function URL.`)
  if (!WITHOUT_FUNCTION_URLS.includes(region)) return ok(check, `${region} has function URLs for the links in mails.`)
  return failed(
    check,
    `${region} has no Lambda function URLs, which the links in mails need.`,
    "Set links to 'none' or { baseUrl }, or deploy in another region.",
  )
}
