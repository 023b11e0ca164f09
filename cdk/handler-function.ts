import { ArnFormat, type Duration, RemovalPolicy, type Size, Stack, Token } from 'aws-cdk-lib'
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2'
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  Architecture,
  type CfnFunction,
  Function as LambdaFunction,
  RecursiveLoop,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { hasLoopDetection } from '../statemachine/regions.ts'
import { acknowledgeWildcard } from './acknowledge.ts'
import { codeOf, type Handler } from './bundles.ts'
import type { Catalogue } from './catalogue.ts'
import { CATALOGUE_METADATA, HANDLER_METADATA } from './metadata.ts'

export const RUNTIME = Runtime.NODEJS_24_X

/** What all functions of one Carryout share. */
export interface HandlerEnvironment {
  /** The prefix of the functions' names. */
  readonly prefix: string
  /** How long their logs are kept. */
  readonly logRetention: RetentionDays
}

export interface HandlerFunctionProps extends HandlerEnvironment {
  /** The handler's file in `functions/`, which also names the function. */
  readonly handler: Handler
  /**
   * The catalogue that the handler is made from.
   * @default none: the handler needs none, or nothing is bundled
   */
  readonly catalogue?: Catalogue
  /** One sentence for the Lambda console. */
  readonly description: string
  /** How long one invocation may take. */
  readonly timeout: Duration
  /** Memory, which determines the share of a CPU: 1769 MiB are one. */
  readonly memory: Size
  /**
   * How many invocations run at once, both guaranteed and at most.
   * @default the account's unreserved concurrency
   */
  readonly reservedConcurrency?: number
  /**
   * Whether the function sends messages to the queue that calls it. Lambda considers that a loop and, after about 16
   * times, moves the message to the dead-letter queue instead of calling.
   * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
   * @default false
   */
  readonly isItsOwnSender?: boolean
  /**
   * Texts that are deployed beside its code, by file name.
   * @default none
   */
  readonly files?: Readonly<Record<string, string>>
  /**
   * The network that it runs in.
   * @default none: it reaches AWS and the internet, but no VPC
   */
  readonly network?: {
    readonly vpc: IVpc
    readonly subnets?: SubnetSelection
    readonly securityGroups: ISecurityGroup[]
  }
}

/**
 * A handler of `functions/` as a Lambda function with its own log group, and a role that may write this log and traces,
 * plus what is granted to it.
 */
export class HandlerFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    const { handler, catalogue, description, timeout, memory, reservedConcurrency, isItsOwnSender, network } = props
    const functionName = `${props.prefix}-${handler}`
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    // The default role has AWS's managed policies, which may write every log of the account.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    logGroup.grantWrite(role)
    if (network) allowNetworkInterfaces(role, functionName)
    acknowledgeWildcard(role, '*', 'X-Ray’s actions and those for network interfaces support no resource ARNs')
    super(scope, id, {
      functionName,
      description,
      code: codeOf(scope, handler, { catalogueBundles: catalogue?.bundles, files: props.files }),
      handler: 'index.handler',
      runtime: RUNTIME,
      architecture: Architecture.ARM_64,
      role,
      logGroup,
      tracing: Tracing.ACTIVE,
      timeout,
      memorySize: memory.toMebibytes(),
      reservedConcurrentExecutions: reservedConcurrency,
      ...(isItsOwnSender && canLoop(scope) && { recursiveLoop: RecursiveLoop.ALLOW }),
      vpc: network?.vpc,
      vpcSubnets: network?.subnets,
      securityGroups: network?.securityGroups,
    })
    // A laptop uses this to find what it must bundle again when an export is edited.
    if (catalogue) {
      const resource = this.node.defaultChild as CfnFunction
      resource.addMetadata(CATALOGUE_METADATA, catalogue.path)
      resource.addMetadata(HANDLER_METADATA, handler)
    }
  }
}

/**
 * Whether the region detects recursive loops, so that intended ones must be allowed. In other regions CloudFormation
 * may refuse the property.
 */
function canLoop(scope: Construct): boolean {
  const { region } = Stack.of(scope)
  return Token.isUnresolved(region) || hasLoopDetection(region)
}

/** Allows a function to call others, and puts their names into its environment. */
export function grantCall(fn: LambdaFunction, called: Readonly<Record<string, LambdaFunction>>) {
  for (const [variable, { functionName }] of Object.entries(called)) fn.addEnvironment(variable, functionName)
  const resources = Object.values(called).map(({ functionArn }) => functionArn)
  fn.addToRolePolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources }))
}

/**
 * Grants the permissions with which Lambda connects a function to a VPC. Lambda uses the function's own role; the
 * function's code does not need these permissions, so they are denied to it.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 */
function allowNetworkInterfaces(role: Role, functionName: string) {
  const actions = [
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ]
  const functionArn = Stack.of(role).formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: functionName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
  role.addToPolicy(new PolicyStatement({ actions, resources: ['*'] }))
  role.addToPolicy(
    new PolicyStatement({
      effect: Effect.DENY,
      actions,
      resources: ['*'],
      conditions: { ArnEquals: { 'lambda:SourceFunctionArn': functionArn } },
    }),
  )
}
