/** Registers every service with the gateway. */
import type { Gateway } from '../gateway.ts'
import { ACCOUNT_ID } from '../identity.ts'
import type { Mappings } from '../lambda/mappings.ts'
import type { Site } from '../options.ts'
import { createPages } from '../pages.ts'
import { createCloudFormation } from '../services/cloudformation.ts'
import { createSts } from '../services/sts.ts'
import type { Stack } from '../template/stack.ts'
import type { Services } from './services.ts'

/** What is served in addition to the services. */
export interface Served {
  mappings: Mappings
  stacks: Stack[]
  isReady: () => boolean
  site: Site | undefined
}

export function serve(gateway: Gateway, services: Services, { mappings, stacks, isReady, ...neighbour }: Served) {
  const { messaging, dynamodb, ses, events, s3, logs, secrets, parameters, rdsData, lambda, states, iam } = services
  // By the names in the signature's credential scope.
  const handlers = {
    sqs: messaging.sqs.handler,
    sns: messaging.sns.handler,
    dynamodb: dynamodb.handler,
    ses: ses.handler,
    events: events.handler,
    s3: s3.handler,
    states: states.handler,
    lambda: mappings.handler(lambda.handler),
    logs: logs.handler,
    secretsmanager: secrets.handler,
    ssm: parameters.handler,
    'rds-data': rdsData.handler,
    sts: createSts({ accountId: ACCOUNT_ID, iam }).handler,
    cloudformation: createCloudFormation(stacks).handler,
  }
  for (const [name, handler] of Object.entries(handlers)) gateway.services.set(name, handler)
  const unsubscribe = (arn: string) => messaging.fauxqs.sns.unsubscribe(arn)
  gateway.paths.set('/_carryout/', createPages({ outbox: messaging.outbox, unsubscribe, isReady, ...neighbour }))
  gateway.paths.set('/lambda-url/', lambda.functionUrlHandler)
}
