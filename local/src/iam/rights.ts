/** The checks that services make before they act for a role. */
import { awsArn } from '../arn.ts'
import type { FunctionDefinition } from '../lambda/definition.ts'
import { logGroupOf } from '../lambda/definition.ts'
import { AwsError } from '../protocol.ts'
import type { Ses } from '../ses/ses.ts'
import type { Iam, Principal } from './iam.ts'
import { wantedOfIntegration } from './integrations.ts'
import type { Statement } from './statement.ts'

interface Place {
  region: string
  accountId: string
}

/** Whether a function may write its logs, and whether anyone may call its URL. */
export function functionRights(iam: Pick<Iam, 'authorize' | 'serviceMay'>, { region, accountId }: Place) {
  return {
    mayLog(definition: FunctionDefinition): boolean {
      const { roleArn, name } = definition
      if (roleArn === undefined) return true
      const group = awsArn('logs', `log-group:${logGroupOf(definition)}:*`, { region, accountId })
      return ['logs:CreateLogStream', 'logs:PutLogEvents'].every((action) =>
        allowed(() => iam.authorize({ roleArn, session: name }, action, group)),
      )
    },
    /** @see https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html */
    mayInvokeByUrl: ({ arn }: FunctionDefinition): boolean =>
      iam.serviceMay('*', 'lambda:InvokeFunctionUrl', arn, { 'lambda:FunctionUrlAuthType': 'NONE' }) &&
      iam.serviceMay('*', 'lambda:InvokeFunction', arn, { 'lambda:InvokedViaFunctionUrl': 'true' }),
  }
}

/** Refuses integrations that the state machine's role does not allow. */
export function integrationRights(iam: Pick<Iam, 'authorize'>, place: Place) {
  const arn = (service: string, name: string, resource = name) =>
    name.startsWith('arn:') ? name : awsArn(service, resource, place)
  const arnOf = {
    function: (name: string) => arn('lambda', name, `function:${name}`),
    queue: (url: string) => arn('sqs', url.split('/').at(-1) ?? ''),
    table: (name: string) => arn('dynamodb', name, `table/${name}`),
    bus: (name: string) => arn('events', name, `event-bus/${name}`),
  }
  return (principal: Principal, integration: string, args: Record<string, unknown>) => {
    for (const { action, resource } of wantedOfIntegration(integration, args, arnOf)) {
      iam.authorize(principal, action, resource)
    }
  }
}

export function ruleArnIn(place: Place) {
  return (bus: string, name: string) => awsArn('events', `rule/${bus === 'default' ? name : `${bus}/${name}`}`, place)
}

/** A sender that a policy names exists on AWS even if the template does not create it, so it is verified here too. */
export function trustSenders(ses: Pick<Ses, 'createIdentity'>, { effect, actions, resources, conditions }: Statement) {
  if (effect !== 'Allow' || !actions.patterns.some((action) => /^ses:Send(Raw)?Email$/i.test(action))) return
  const identities = (resources?.patterns ?? []).flatMap((resource) => /:identity\/(.+)$/.exec(resource)?.[1] ?? [])
  const addresses = conditions.flatMap(({ operator, key, values }) =>
    operator === 'StringEquals' && key.toLowerCase() === 'ses:fromaddress' ? values : [],
  )
  for (const name of [...identities, ...addresses]) if (!/[*?]/.test(name)) ses.createIdentity(name)
}

function allowed(authorize: () => void): boolean {
  try {
    authorize()
    return true
  } catch (error) {
    if (error instanceof AwsError) return false
    throw error
  }
}
