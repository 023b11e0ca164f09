/** An execution's history as the API shows it: one event per occurrence, with AWS's names and formats. */

/** An event before it gets its place in the history. */
export interface NewEvent {
  type: string
  details?: Record<string, unknown>
}

/** The wire format: `timestamp` in epoch seconds, and details in the field for the type. */
export interface HistoryEvent {
  id: number
  /** 0 for the first state of an execution, as on AWS. */
  previousEventId: number
  type: string
  timestamp: number
  [details: `${string}EventDetails`]: Record<string, unknown>
}

/** AWS ends an execution whose history would exceed this. */
export const EVENT_LIMIT = 25_000

const NOT_TRUNCATED = { truncated: false }

export function stateEntered(type: string, name: string, input: string): NewEvent {
  return { type: `${type}StateEntered`, details: { name, input, inputDetails: NOT_TRUNCATED } }
}

/** @param assigned the variables that the state assigned, each as JSON text */
export function stateExited(type: string, name: string, output: string, assigned: Record<string, string>): NewEvent {
  const variables =
    Object.keys(assigned).length > 0
      ? { assignedVariables: assigned, assignedVariablesDetails: NOT_TRUNCATED }
      : undefined
  return { type: `${type}StateExited`, details: { name, output, outputDetails: NOT_TRUNCATED, ...variables } }
}

export function executionStarted(input: string, roleArn: string): NewEvent {
  return { type: 'ExecutionStarted', details: { input, inputDetails: NOT_TRUNCATED, roleArn } }
}

export function executionSucceeded(output: string): NewEvent {
  return { type: 'ExecutionSucceeded', details: { output, outputDetails: NOT_TRUNCATED } }
}

/** A Task's resource in events: `lambda` and `invoke`, or the ARN of a function that is called directly. */
export type Resource = { resourceType: string; resource: string } | { functionArn: string }

/** Never throws, because the definition has been validated. */
export function parseResource(arn: string): Resource {
  const [, , service, , , ...rest] = arn.split(':')
  if (service !== 'states') return { functionArn: arn }
  return { resourceType: rest.slice(0, -1).join(':'), resource: rest.at(-1) as string }
}

/** The events of a task's attempt, for its kind of resource. */
export const taskEvents = {
  scheduled(resource: Resource, args: string, timeoutInSeconds: number | undefined, region: string): NewEvent[] {
    const timeout = timeoutInSeconds === undefined ? {} : { timeoutInSeconds }
    if ('functionArn' in resource) {
      const details = { resource: resource.functionArn, input: args, inputDetails: NOT_TRUNCATED, ...timeout }
      return [{ type: 'LambdaFunctionScheduled', details }, { type: 'LambdaFunctionStarted' }]
    }
    return [
      { type: 'TaskScheduled', details: { ...resource, region, parameters: args, ...timeout } },
      { type: 'TaskStarted', details: { ...resource } },
    ]
  },
  succeeded(resource: Resource, output: string): NewEvent {
    const data = { output, outputDetails: NOT_TRUNCATED }
    return 'functionArn' in resource
      ? { type: 'LambdaFunctionSucceeded', details: data }
      : { type: 'TaskSucceeded', details: { ...resource, ...data } }
  },
  failed(resource: Resource, failure: object): NewEvent {
    return 'functionArn' in resource
      ? { type: 'LambdaFunctionFailed', details: { ...failure } }
      : { type: 'TaskFailed', details: { ...resource, ...failure } }
  },
  timedOut(resource: Resource): NewEvent {
    const failure = { error: 'States.Timeout' }
    return 'functionArn' in resource
      ? { type: 'LambdaFunctionTimedOut', details: failure }
      : { type: 'TaskTimedOut', details: { ...resource, ...failure } }
  },
}

/** Converts an event to its wire format. */
export function wireEvent(id: number, previousEventId: number, at: number, event: NewEvent): HistoryEvent {
  const base = { id, previousEventId, type: event.type, timestamp: at / 1000 }
  return event.details ? { ...base, [detailsField(event.type)]: event.details } : base
}

/** Returns the event without the data of states, for `includeExecutionData: false`. */
export function withoutData(event: HistoryEvent): HistoryEvent {
  const field = detailsField(event.type)
  const details = event[field]
  if (!details) return event
  const { input, output, parameters, assignedVariables, ...rest } = details
  return { ...event, [field]: rest }
}

function detailsField(type: string): `${string}EventDetails` {
  if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails'
  if (type.endsWith('StateExited')) return 'stateExitedEventDetails'
  return `${type[0]?.toLowerCase()}${type.slice(1)}EventDetails`
}
