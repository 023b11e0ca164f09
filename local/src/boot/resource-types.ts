/** The resource types of a template that the local cloud can create. */
import { trustSenders } from '../iam/rights.ts'
import type { Mapping } from '../lambda/mappings.ts'
import type { FunctionEnvironment } from '../options.ts'
import { dynamoDbTypes } from '../template/resources/dynamodb.ts'
import { eventsTypes } from '../template/resources/events.ts'
import { iamTypes } from '../template/resources/iam.ts'
import { inertTypes } from '../template/resources/inert.ts'
import { lambdaTypes } from '../template/resources/lambda.ts'
import { logsTypes } from '../template/resources/logs.ts'
import { s3Types } from '../template/resources/s3.ts'
import { schedulerTypes } from '../template/resources/scheduler.ts'
import { secretsManagerTypes } from '../template/resources/secretsmanager.ts'
import { sesTypes } from '../template/resources/ses.ts'
import { snsTypes } from '../template/resources/sns.ts'
import { sqsTypes } from '../template/resources/sqs.ts'
import { ssmTypes } from '../template/resources/ssm.ts'
import { statesTypes } from '../template/resources/states.ts'
import type { Services } from './services.ts'

/** @param onMapping called with each event source mapping of the template */
export function resourceTypes(
  services: Services,
  { environmentOf, onMapping }: { environmentOf: FunctionEnvironment; onMapping: (mapping: Mapping) => void },
) {
  const { messaging, iam, s3, dynamodb, logs, secrets, parameters, lambda, states, events, scheduler, ses } = services
  return {
    ...inertTypes,
    ...sqsTypes(messaging.fauxqs, iam.own),
    ...snsTypes(messaging.fauxqs, iam.own),
    ...iamTypes({
      iam,
      onStatement: (statement) => trustSenders(ses, statement),
      functionArn: (name) => lambda.getFunction(name).arn,
      queueArn: (url) => messaging.fauxqs.sqs.getQueue(url)?.arn ?? url,
    }),
    ...s3Types(s3),
    ...dynamoDbTypes(dynamodb),
    ...logsTypes(logs),
    ...secretsManagerTypes(secrets),
    ...ssmTypes(parameters),
    ...lambdaTypes({ lambda, iam, environmentOf, onMapping }),
    ...statesTypes(states),
    ...eventsTypes(events),
    ...schedulerTypes(scheduler),
    ...sesTypes({
      ses,
      publish: (topicArn, message, subject) => messaging.sns.publish({ topicArn, message, subject }),
      putEvent: (event) => void events.put(event),
    }),
  }
}
