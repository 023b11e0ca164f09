/** EventBridge's default bus: what Step Functions tells it of executions, and the template's rules that functions are called by. */
import { randomUUID } from 'node:crypto'
import type { Lambda } from '../lambda/port.ts'
import type { States } from '../states/service.ts'
import { type EventPattern, matches } from './pattern.ts'

export interface Rule {
  name: string
  pattern: EventPattern
  /** The functions. */
  targetArns: readonly string[]
}

export interface Events {
  /** Adds a rule, or puts it in the place of the one of its name. */
  putRule(rule: Rule): void
  stop(): void
}

/** Those of an execution's events that change its status. */
const STATUS_CHANGES = new Set([
  'ExecutionStarted',
  'ExecutionRedriven',
  'ExecutionSucceeded',
  'ExecutionFailed',
  'ExecutionAborted',
  'ExecutionTimedOut',
])

/** Events are not kept: one of the moment before `kill -9` is lost, which EventBridge would deliver. */
export function createEvents(options: {
  region: string
  accountId: string
  lambda: Pick<Lambda, 'invokeLater'>
  states: Pick<States, 'onEvent' | 'describeExecution'>
}): Events {
  const { region, accountId, lambda, states } = options
  const rules = new Map<string, Rule>()

  const publish = (event: object) => {
    for (const { pattern, targetArns } of rules.values()) {
      if (!matches(pattern, event)) continue
      for (const arn of targetArns) lambda.invokeLater(arn, JSON.stringify(event), randomUUID())
    }
  }
  const end = states.onEvent((executionArn, { type }) => {
    if (!STATUS_CHANGES.has(type)) return
    publish({
      version: '0',
      id: randomUUID(),
      'detail-type': 'Step Functions Execution Status Change',
      source: 'aws.states',
      account: accountId,
      time: `${new Date().toISOString().slice(0, 19)}Z`,
      region,
      resources: [executionArn],
      detail: detailOf(states.describeExecution(executionArn)),
    })
  })
  return { putRule: (rule) => void rules.set(rule.name, rule), stop: end }
}

/**
 * As DescribeExecution has it, but times in milliseconds, and null for what is not there.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
function detailOf(described: Record<string, unknown>) {
  const { startDate, stopDate, redriveDate } = described
  const millis = (seconds: unknown) => (typeof seconds === 'number' ? Math.round(seconds * 1000) : null)
  return {
    output: null,
    outputDetails: null,
    error: null,
    cause: null,
    redriveStatusReason: null,
    ...described,
    startDate: millis(startDate),
    stopDate: millis(stopDate),
    redriveDate: millis(redriveDate),
  }
}
