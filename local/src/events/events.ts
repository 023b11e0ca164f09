/**
 * EventBridge: events of Step Functions and of PutEvents, and the template's rules that deliver them to functions,
 * queues, topics and state machines.
 */

import { randomUUID } from 'node:crypto'
import { type Disk, watchDisk } from '../disk.ts'
import { MESSAGE_BYTES } from '../limits.ts'
import { type EventPattern, matches } from '../patterns.ts'
import { AwsError, awsJson, type Handler } from '../protocol.ts'
import type { States } from '../states/service.ts'

export interface Target {
  arn: string
  /** JSON that replaces the event. */
  input?: string
  /** For a FIFO queue. */
  messageGroupId?: string
  /** The role that may call the target, if no resource policy allows it. */
  roleArn?: string
}

export interface Rule {
  name: string
  bus: string
  pattern: EventPattern
  targets: readonly Target[]
}

export interface CustomEvent {
  source: string
  detailType: string
  detail: object
  resources?: readonly string[]
  time?: Date
  bus?: string
}

/** Delivers an event to a rule's target. If the target does not exist, the event is lost. */
export type Deliver = (target: Target, event: string, rule: Rule) => Promise<unknown> | unknown

export interface Events {
  handler: Handler
  /** Adds a rule, or replaces the one with its name. */
  putRule(rule: Rule): void
  createBus(name: string): void
  /** Returns the response of PutEvents. @throws AwsError */
  putEvents(input: Record<string, unknown>): { Entries: object[]; FailedEntryCount: number }
  /** @returns the event's id. */
  put(event: CustomEvent): string
  stop(): void
}

/** The history events that change an execution's status. */
const STATUS_CHANGES = new Set([
  'ExecutionStarted',
  'ExecutionRedriven',
  'ExecutionSucceeded',
  'ExecutionFailed',
  'ExecutionAborted',
  'ExecutionTimedOut',
])
/**
 * The limit for input and output together, or for the output alone, as they appear in an event; larger ones are
 * omitted.
 */
const EXECUTION_DATA_BYTES = 248 * 1024
const ENTRIES = 10

/** Events are delivered immediately and stored by their targets; one at the moment of a `kill -9` is lost. */
export function createEvents(options: {
  region: string
  accountId: string
  states: Pick<States, 'onEvent' | 'describeExecution'>
  deliver: Deliver
  disk?: Disk
}): Events {
  const { region, accountId, states, deliver, disk = watchDisk() } = options
  const stopping = new AbortController()
  const rules = new Map<string, Rule>()
  const buses = new Set(['default'])

  function put({ source, detailType, detail, resources = [], time = new Date(), bus = 'default' }: CustomEvent) {
    const id = randomUUID()
    const event = {
      ...{ version: '0', id, 'detail-type': detailType, source, account: accountId },
      ...{ time: `${time.toISOString().slice(0, 19)}Z`, region, resources, detail },
    }
    const text = JSON.stringify(event)
    for (const rule of rules.values()) {
      if (rule.bus !== bus || !matches(rule.pattern, event)) continue
      for (const target of rule.targets) {
        const send = () => deliver(target, target.input ?? text, rule)
        void disk.patiently<unknown>(send, stopping.signal).catch(() => undefined)
      }
    }
    return id
  }

  const end = states.onEvent((executionArn, { type }) => {
    if (!STATUS_CHANGES.has(type)) return
    put({
      source: 'aws.states',
      detailType: 'Step Functions Execution Status Change',
      resources: [executionArn],
      detail: detailOf(states.describeExecution(executionArn)),
    })
  })

  function putEvents(input: Record<string, unknown>) {
    const entries = input.Entries
    if (!Array.isArray(entries) || entries.length === 0 || entries.length > ENTRIES) {
      throw new AwsError('ValidationException', `Entries must be a list of 1 to ${ENTRIES} events.`)
    }
    const results = entries.map((entry) => putEntry(entry as Record<string, unknown>))
    return { Entries: results, FailedEntryCount: results.filter(({ EventId }) => EventId === undefined).length }
  }

  function putEntry(entry: Record<string, unknown>): { EventId?: string; ErrorCode?: string; ErrorMessage?: string } {
    const refused = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage })
    for (const name of ['Source', 'DetailType', 'Detail'] as const) {
      if (typeof entry[name] !== 'string' || entry[name] === '') {
        return refused('InvalidArgument', `Parameter ${name} is not valid. Reason: ${name} is a required argument.`)
      }
    }
    const { Source, DetailType, Detail, Resources, Time, EventBusName } = entry as {
      Source: string
      DetailType: string
      Detail: string
      Resources?: string[]
      Time?: number | string
      EventBusName?: string
    }
    if (Source.startsWith('aws.')) {
      return refused('NotAuthorizedForSourceException', 'Not authorized for the source.')
    }
    const size = Buffer.byteLength(Source + DetailType + Detail) + Buffer.byteLength((Resources ?? []).join(''))
    if (size > MESSAGE_BYTES)
      return refused('InvalidArgument', 'Total size of the entries in the request is over the limit.')
    const bus = (EventBusName ?? 'default').replace(/^.*event-bus\//, '')
    if (!buses.has(bus)) return refused('ResourceNotFoundException', `Event bus ${bus} does not exist.`)
    const detail = objectOf(Detail)
    if (!detail) return refused('MalformedDetail', 'Detail is malformed.')
    const time = Time === undefined ? new Date() : new Date(typeof Time === 'number' ? Time * 1000 : Time)
    return {
      EventId: put({ source: Source, detailType: DetailType, detail, resources: Resources ?? [], time, bus }),
    }
  }

  return {
    putRule: (rule) => void rules.set(`${rule.bus}/${rule.name}`, rule),
    createBus: (name) => void buses.add(name),
    put,
    putEvents,
    stop() {
      stopping.abort()
      end()
    },
    handler: awsJson({
      PutEvents: putEvents,
      DescribeRule: ({ Name, EventBusName = 'default' }) => {
        const rule = rules.get(`${EventBusName}/${Name}`)
        if (!rule)
          throw new AwsError('ResourceNotFoundException', `Rule ${Name} does not exist on EventBus ${EventBusName}.`)
        return { Name: rule.name, EventBusName: rule.bus, EventPattern: JSON.stringify(rule.pattern), State: 'ENABLED' }
      },
      ListRules: ({ EventBusName = 'default' }) => ({
        Rules: [...rules.values()]
          .filter(({ bus }) => bus === EventBusName)
          .map(({ name, bus, pattern }) => ({
            ...{ Name: name, EventBusName: bus, EventPattern: JSON.stringify(pattern), State: 'ENABLED' },
          })),
      }),
    }),
  }
}

function objectOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * The format of DescribeExecution, but with times in milliseconds, and null for missing fields.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
function detailOf(described: Record<string, unknown>) {
  const { startDate, stopDate, redriveDate } = described
  const millis = (seconds: unknown) => (typeof seconds === 'number' ? Math.round(seconds * 1000) : null)
  const { input, output } = described
  const outputBytes = escapedBytes(output)
  return {
    output: null,
    outputDetails: null,
    error: null,
    cause: null,
    redriveStatusReason: null,
    ...described,
    ...(escapedBytes(input) + outputBytes > EXECUTION_DATA_BYTES && LEFT_OUT.input),
    ...(outputBytes > EXECUTION_DATA_BYTES && LEFT_OUT.output),
    startDate: millis(startDate),
    stopDate: millis(stopDate),
    redriveDate: millis(redriveDate),
  }
}

const LEFT_OUT = {
  input: { input: null, inputDetails: { included: false } },
  output: { output: null, outputDetails: { included: false } },
}

function escapedBytes(text: unknown): number {
  return typeof text === 'string' ? Buffer.byteLength(JSON.stringify(text)) : 0
}
