import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ArnFormat, Aws, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import { type EventPattern, Rule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets'
import { Grant, type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { env } from '../functions/common/environment.ts'
import { acknowledgeWildcard } from './acknowledge.ts'
import type { DatabaseSecrets } from './database.ts'
import {
  makeExportChunk,
  makeFinish,
  makeHalt,
  makeNotify,
  makePrepare,
  type Network,
  type Parts,
  type Told,
} from './state-functions.ts'

const DEFINITION = join(import.meta.dirname, '..', 'statemachine', 'download.asl.json')

export interface DownloadMachineProps {
  /** The prefix of the state machine's name. */
  readonly prefix: string
  /** How long its log is kept. */
  readonly logRetention: RetentionDays
  /** The functions, by their placeholders in the definition. */
  readonly functions: Readonly<Record<string, LambdaFunction>>
}

/** The state machine of `statemachine/download.asl.json`, which calls the functions by their ARNs. */
export class DownloadMachine extends Construct {
  readonly machine: StateMachine
  readonly #executionArn: string

  constructor(scope: Construct, id: string, { prefix, logRetention, functions }: DownloadMachineProps) {
    super(scope, id)
    const stateMachineName = `${prefix}-download`
    const arns = Object.entries(functions).map(([placeholder, fn]) => [placeholder, fn.functionArn])
    const substitutions = { Partition: Aws.PARTITION, ...Object.fromEntries(arns) }
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('states.amazonaws.com') })
    role.addToPolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [...new Set(Object.values(functions))].map((fn) => fn.functionArn),
      }),
    )
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName,
      role,
      definitionBody: DefinitionBody.fromString(readDefinition(Object.keys(substitutions))),
      definitionSubstitutions: substitutions,
      tracingEnabled: true,
      logs: {
        // With any other prefix, each such log group would extend a resource policy of the account, whose size is
        // limited.
        // https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
        destination: new LogGroup(this, 'Logs', {
          logGroupName: `/aws/vendedlogs/states/${stateMachineName}`,
          retention: logRetention,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ERROR,
        // A request's parameters may be personal data.
        includeExecutionData: false,
      },
    })
    // Built from the name instead of a reference, because `halt` may read executions of the machine that calls it.
    this.#executionArn = Stack.of(this).formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${stateMachineName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
    acknowledgeWildcard(role, '*', 'X-Ray’s actions and those for log delivery support no resource ARNs')
    Validations.of(this.machine).acknowledge({
      id: 'AwsSolutions-SF1',
      reason: 'Step Functions keeps every event for 90 days; the log has only failures, without personal parameters',
    })
  }

  /** Allows a function to start, redrive and count executions, and to describe an existing one. */
  grantStart(fn: LambdaFunction) {
    fn.addEnvironment(env.STATE_MACHINE_ARN, this.machine.stateMachineArn)
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['states:StartExecution', 'states:ListExecutions'],
        resources: [this.machine.stateMachineArn],
      }),
    )
    this.#grantOnExecutions(fn, 'states:RedriveExecution')
    this.grantDescribe(fn)
  }

  /** Matches events of executions that enter one of these states; by default any state. */
  statusChange(status?: string[]): EventPattern {
    return {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [this.machine.stateMachineArn], ...(status && { status }) },
    }
  }

  /** Calls a function with each change of an execution's status, and allows it to read what an event omits. */
  onChange(fn: LambdaFunction) {
    new Rule(this, 'Changed', {
      description: 'An execution started, was redriven, or ended',
      eventPattern: this.statusChange(),
      targets: [new LambdaTarget(fn)],
    })
    this.grantDescribe(fn)
  }

  /** Calls a function with each stopped execution, and allows it to check whether the execution has been redriven. */
  onStopped(fn: LambdaFunction) {
    new Rule(this, 'Stopped', {
      description: 'An execution was stopped',
      eventPattern: this.statusChange(['ABORTED']),
      targets: [new LambdaTarget(fn)],
    })
    this.grantDescribe(fn)
  }

  /** Allows a web app to read what executions do and have done. */
  grantFollow(webApp: IGrantable): Grant {
    return this.#grantTo(webApp, ['states:DescribeExecution', 'states:GetExecutionHistory'])
  }

  /** Allows a web app to stop an execution. */
  grantCancel(webApp: IGrantable): Grant {
    return this.#grantTo(webApp, ['states:DescribeExecution', 'states:StopExecution'])
  }

  #grantTo(grantee: IGrantable, actions: string[]): Grant {
    const { grantPrincipal } = grantee
    if (Construct.isConstruct(grantPrincipal)) {
      acknowledgeWildcard(grantPrincipal, this.#executionArn, 'Executions are named after future requests')
    }
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [this.#executionArn] })
  }

  /** Allows a function to read what an execution is doing. */
  grantDescribe(fn: LambdaFunction) {
    this.#grantOnExecutions(fn, 'states:DescribeExecution')
  }

  /** Allows a function to read what an execution has done. */
  grantHistory(fn: LambdaFunction) {
    this.#grantOnExecutions(fn, 'states:GetExecutionHistory')
  }

  #grantOnExecutions(fn: LambdaFunction, action: string) {
    fn.addToRolePolicy(new PolicyStatement({ actions: [action], resources: [this.#executionArn] }))
    acknowledgeWildcard(fn.role!, this.#executionArn, 'Executions are named after future requests')
  }
}

/**
 * Returns the definition without indentation, after checking that its placeholders are exactly the functions that
 * exist.
 */
function readDefinition(known: string[]): string {
  const definition = JSON.stringify(JSON.parse(readFileSync(DEFINITION, 'utf8')))
  const placeholders = new Set([...definition.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name!))
  const wrong = [...placeholders].filter((name) => !known.includes(name))
  const unused = known.filter((name) => !placeholders.has(name))
  if (wrong.length > 0 || unused.length > 0) {
    throw new Error(
      `${DEFINITION} has placeholders without a value (${wrong.join(', ') || 'none'}) or values without a placeholder (${unused.join(', ') || 'none'}): make them match.`,
    )
  }
  return definition
}

/** Makes the functions of the states, and the state machine that calls them. */
export function makeMachine(
  scope: Construct,
  parts: Parts,
  { network, secrets, told }: { network: Network; secrets: DatabaseSecrets; told: Told },
) {
  const prepare = makePrepare(scope, parts)
  const exportChunk = makeExportChunk(scope, parts, network, secrets)
  const finish = makeFinish(scope, parts)
  const notify = makeNotify(scope, parts, told)
  const halt = makeHalt(scope, parts)
  const machine = new DownloadMachine(scope, 'Download', {
    ...parts.environment,
    functions: {
      PrepareFunction: prepare,
      ExportChunkFunction: exportChunk,
      FinishFunction: finish,
      NotifyFunction: notify,
      HaltFunction: halt,
    },
  })
  machine.grantHistory(halt)
  // The function ends its query when its execution is stopped.
  machine.grantDescribe(exportChunk)
  machine.grantHistory(exportChunk)
  return { machine, prepare, exportChunk, notify }
}
