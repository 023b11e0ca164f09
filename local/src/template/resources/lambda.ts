/** AWS::Lambda::Function, ::Url and ::EventSourceMapping. */

import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { z } from 'zod'
import { awsArn } from '../../arn.ts'
import type { Iam } from '../../iam/iam.ts'
import type { Mapping as EventSourceMapping } from '../../lambda/mappings.ts'
import type { Lambda } from '../../lambda/port.ts'
import { bool, number, type ResourceTypes, read, text, Unsupported } from '../resource.ts'

const FunctionProperties = z.object({
  FunctionName: text.optional(),
  Role: text.optional(),
  PackageType: z.literal('Zip', 'container images are not supported').default('Zip'),
  Code: z.object({ S3Key: z.string('only code that is a synthesized asset is supported') }),
  Handler: text,
  Runtime: z.string().startsWith('nodejs', 'only Node.js runtimes are supported'),
  Layers: z.array(z.unknown()).max(0, 'layers are not supported').default([]),
  Environment: z.object({ Variables: z.record(z.string(), text).default({}) }).default({ Variables: {} }),
  MemorySize: number.default(128),
  Timeout: number.default(3),
  ReservedConcurrentExecutions: number.optional(),
  RecursiveLoop: z.enum(['Allow', 'Terminate']).default('Terminate'),
  LoggingConfig: z.object({ LogGroup: text.optional() }).default({}),
  DeadLetterConfig: z.object({ TargetArn: text.optional() }).default({}),
  VpcConfig: z.object({ SubnetIds: z.array(text).default([]), SecurityGroupIds: z.array(text).default([]) }).optional(),
})
const InvokeConfig = z.object({
  FunctionName: text,
  MaximumRetryAttempts: number.optional(),
  MaximumEventAgeInSeconds: number.optional(),
  DestinationConfig: z
    .object({
      OnFailure: z.object({ Destination: text }).optional(),
      OnSuccess: z.undefined('destinations of success are not supported').optional(),
    })
    .default({}),
})

const Url = z.object({ TargetFunctionArn: text, AuthType: z.enum(['NONE', 'AWS_IAM']) })

const Mapping = z.object({
  FunctionName: text,
  EventSourceArn: z.string().startsWith('arn:aws:sqs:', 'only SQS queues are supported as event sources'),
  BatchSize: number.default(10),
  Enabled: bool.default(true),
  FunctionResponseTypes: z.array(z.string()).default([]),
  FilterCriteria: z.undefined('filters of event sources are not supported').optional(),
})

/**
 * @param options.environmentOf returns a function's variables on this laptop
 * @param options.onMapping is called with each event source mapping, before anything polls
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
 */
export function lambdaTypes(options: {
  lambda: Lambda
  iam: Pick<Iam, 'credentialsOf' | 'own'>
  environmentOf(variables: Record<string, string>): Record<string, string>
  onMapping(mapping: EventSourceMapping): void
}): ResourceTypes {
  const { lambda, iam, environmentOf, onMapping } = options
  return {
    'AWS::Lambda::Function': {
      make(making) {
        const properties = read(FunctionProperties, making)
        const codeDirectory = making.asset(properties.Code.S3Key)
        if (!statSync(codeDirectory).isDirectory()) {
          throw new Unsupported(
            `${making.type} ${making.logicalId}: its code is an archive, and only folders are supported.`,
          )
        }
        const name = properties.FunctionName ?? making.generatedName.slice(-64)
        const arn = awsArn('lambda', `function:${name}`, making.stack)
        const {
          ReservedConcurrentExecutions: reservedConcurrency,
          LoggingConfig,
          DeadLetterConfig,
          VpcConfig,
        } = properties
        lambda.createFunction({
          name,
          arn,
          codeDirectory,
          handler: properties.Handler,
          environment: environmentOf(properties.Environment.Variables),
          ...(properties.Role === undefined
            ? {}
            : {
                roleArn: properties.Role,
                credentials: iam.credentialsOf({ roleArn: properties.Role, session: name }),
              }),
          memoryMB: properties.MemorySize,
          timeoutSeconds: properties.Timeout,
          ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
          mayLoop: properties.RecursiveLoop === 'Allow',
          ...(LoggingConfig.LogGroup === undefined ? {} : { logGroup: LoggingConfig.LogGroup }),
          ...(DeadLetterConfig.TargetArn === undefined ? {} : { deadLetterArn: DeadLetterConfig.TargetArn }),
          ...(VpcConfig && {
            network: { subnetIds: VpcConfig.SubnetIds, securityGroupIds: VpcConfig.SecurityGroupIds },
          }),
        })
        iam.own(arn)
        return { ref: name, attributes: { Arn: arn } }
      },
    },
    'AWS::Lambda::EventInvokeConfig': {
      make(making) {
        const { FunctionName, MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = read(
          InvokeConfig,
          making,
        )
        const onFailureArn = DestinationConfig.OnFailure?.Destination
        lambda.configureEvents(FunctionName, {
          ...(MaximumRetryAttempts === undefined ? {} : { maximumRetryAttempts: MaximumRetryAttempts }),
          ...(MaximumEventAgeInSeconds === undefined ? {} : { maximumEventAgeSeconds: MaximumEventAgeInSeconds }),
          ...(onFailureArn === undefined ? {} : { onFailureArn }),
        })
        return { ref: making.generatedName }
      },
    },
    'AWS::Lambda::Url': {
      make(making) {
        const { TargetFunctionArn, AuthType: authType } = read(Url, making)
        const FunctionUrl = lambda.createFunctionUrl(TargetFunctionArn, { authType })
        const { arn } = lambda.getFunction(TargetFunctionArn)
        return { ref: arn, attributes: { FunctionArn: arn, FunctionUrl } }
      },
    },
    'AWS::Lambda::EventSourceMapping': {
      make(making) {
        const mapping = read(Mapping, making)
        const { arn: functionArn } = lambda.getFunction(mapping.FunctionName)
        const hex = createHash('sha256').update(making.generatedName).digest('hex')
        const ref = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
          '-',
        )
        onMapping({
          ...{ uuid: ref, queueArn: mapping.EventSourceArn, functionArn },
          ...{ batchSize: mapping.BatchSize, enabled: mapping.Enabled },
          reportBatchItemFailures: mapping.FunctionResponseTypes.includes('ReportBatchItemFailures'),
        })
        return { ref, attributes: { Id: ref } }
      },
    },
  }
}
