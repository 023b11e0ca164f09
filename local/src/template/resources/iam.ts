/** AWS::IAM::Role, ::Policy, ::ManagedPolicy, and the policies on queues, topics, buckets and functions. */

import { z } from 'zod'
import { awsArn } from '../../arn.ts'
import { isOperator } from '../../iam/evaluate.ts'
import type { Iam } from '../../iam/iam.ts'
import { type Statement, statementsOf } from '../../iam/statement.ts'
import { problemsIn } from '../../problems.ts'
import { bool, type Making, type ResourceTypes, read, text, Unsupported } from '../resource.ts'

const document = z.unknown()
const Role = z.object({
  RoleName: text.optional(),
  Policies: z.array(z.object({ PolicyDocument: document })).default([]),
  ManagedPolicyArns: z.array(text).default([]),
})
const Policy = z.object({ PolicyDocument: document, Roles: z.array(text).default([]) })
const OnQueues = z.object({ PolicyDocument: document, Queues: z.array(text) })
const OnTopics = z.object({ PolicyDocument: document, Topics: z.array(text) })
const OnBucket = z.object({ PolicyDocument: document, Bucket: text })
const Permission = z.object({
  Action: text,
  FunctionName: text,
  Principal: text,
  SourceArn: text.optional(),
  SourceAccount: text.optional(),
  FunctionUrlAuthType: text.optional(),
  InvokedViaFunctionUrl: bool.optional(),
})

/** What AWS's managed policies allow, as far as templates use them. */
const MANAGED: Readonly<Record<string, string[]>> = {
  AWSLambdaBasicExecutionRole: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
  AWSLambdaVPCAccessExecutionRole: [
    ...['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents', 'ec2:CreateNetworkInterface'],
    ...['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:DeleteNetworkInterface'],
    ...['ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses'],
  ],
}

/**
 * @param options.functionArn returns a function's ARN by its name or ARN @param options.queueArn returns a queue's ARN
 * by its URL
 */
export function iamTypes(options: {
  iam: Pick<Iam, 'putRole' | 'attach' | 'putResourcePolicy'>
  /** Called with each statement of a role. */
  onStatement(statement: Statement): void
  functionArn(nameOrArn: string): string
  queueArn(url: string): string
}): ResourceTypes {
  const { iam, onStatement, functionArn, queueArn } = options
  const policyType = (schema: z.ZodType<{ PolicyDocument?: unknown }>, on: (properties: never) => string[]) => ({
    make(making: Making) {
      const properties = read(schema, making)
      const statements = parsed(properties.PolicyDocument, making)
      for (const arn of on(properties as never)) iam.putResourcePolicy(arn, statements)
      return { ref: making.generatedName }
    },
  })
  const attached = {
    make(making: Making) {
      const { PolicyDocument, Roles } = read(Policy, making)
      const statements = parsed(PolicyDocument, making)
      for (const role of Roles) iam.attach(role, statements)
      statements.forEach(onStatement)
      const { accountId } = making.stack
      const arn = awsArn('iam', `policy/${making.generatedName}`, { accountId })
      return { ref: making.type === 'AWS::IAM::ManagedPolicy' ? arn : making.generatedName, attributes: { Id: arn } }
    },
  }
  return {
    'AWS::IAM::Role': {
      make(making) {
        const { RoleName = making.generatedName.slice(-64), Policies, ManagedPolicyArns } = read(Role, making)
        const arn = awsArn('iam', `role/${RoleName}`, { accountId: making.stack.accountId })
        const managed = ManagedPolicyArns.map((each) => {
          const name = each.split('/').at(-1) ?? ''
          const patterns = Object.hasOwn(MANAGED, name) ? (MANAGED[name] as string[]) : []
          return { effect: 'Allow' as const, actions: { match: true, patterns }, conditions: [] }
        })
        const own = Policies.flatMap(({ PolicyDocument }) => parsed(PolicyDocument, making))
        own.forEach(onStatement)
        iam.putRole({ arn, logicalId: making.logicalId, statements: [...managed, ...own] })
        return { ref: RoleName, attributes: { Arn: arn, RoleId: `AROA${RoleName}` } }
      },
    },
    'AWS::IAM::Policy': attached,
    'AWS::IAM::ManagedPolicy': attached,
    'AWS::SQS::QueuePolicy': policyType(OnQueues, ({ Queues }: z.output<typeof OnQueues>) => Queues.map(queueArn)),
    'AWS::SNS::TopicPolicy': policyType(OnTopics, ({ Topics }: z.output<typeof OnTopics>) => Topics),
    'AWS::S3::BucketPolicy': policyType(OnBucket, ({ Bucket }: z.output<typeof OnBucket>) => [awsArn('s3', Bucket)]),
    'AWS::Lambda::Permission': {
      make(making) {
        const permission = read(Permission, making)
        const arn = functionArn(permission.FunctionName)
        iam.putResourcePolicy(arn, [statementOf(permission, arn)])
        return { ref: making.generatedName }
      },
    },
  }
}

function statementOf(permission: z.output<typeof Permission>, arn: string): Statement {
  const { Action, Principal, SourceArn, SourceAccount, FunctionUrlAuthType, InvokedViaFunctionUrl } = permission
  const condition = (operator: string, key: string, value: string | boolean | undefined) =>
    value === undefined ? [] : [{ operator, key, values: [String(value)] }]
  return {
    effect: 'Allow',
    actions: { match: true, patterns: [Action] },
    resources: { match: true, patterns: [arn, `${arn}:*`] },
    principals: [Principal],
    conditions: [
      ...condition('ArnLike', 'aws:SourceArn', SourceArn),
      ...condition('StringEquals', 'aws:SourceAccount', SourceAccount),
      ...condition('StringEquals', 'lambda:FunctionUrlAuthType', FunctionUrlAuthType),
      ...condition('Bool', 'lambda:InvokedViaFunctionUrl', InvokedViaFunctionUrl),
    ],
  }
}

/** @throws Unsupported if the policy cannot be evaluated: no policy is better than a wrong one */
function parsed(policy: unknown, { type, logicalId }: Making): Statement[] {
  try {
    const statements = statementsOf(policy)
    const unknown = statements.flatMap(({ conditions }) => conditions).find(({ operator }) => !isOperator(operator))
    if (unknown) throw new Error(`the condition ${unknown.operator} is not supported`)
    return statements
  } catch (error) {
    const problem = error instanceof z.ZodError ? problemsIn(error) : (error as Error).message
    throw new Unsupported(`${type} ${logicalId}: ${problem}.`)
  }
}
