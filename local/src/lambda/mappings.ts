/**
 * Event source mappings between queues and functions, polled while enabled. A mapping that was disabled by a call stays
 * disabled after restarts and deployments that do not change it; if a template changes it, all of it is reset to the
 * template, as in CloudFormation.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html
 */
import type { DatabaseSync } from 'node:sqlite'
import { AwsError, type Handler } from '../protocol.ts'
import { awsRest } from '../rest.ts'
import type { EventSource } from './event-source.ts'

export interface Mapping {
  uuid: string
  queueArn: string
  functionArn: string
  batchSize: number
  reportBatchItemFailures: boolean
  /** The template's setting. */
  enabled: boolean
}

export interface Mappings {
  /** Handles requests about mappings; `rest` handles the others. */
  handler(rest: Handler): Handler
  /** Starts polling for enabled mappings. */
  start(): void
  stop(): Promise<void>
}

type State = 'Enabled' | 'Disabling' | 'Disabled' | 'Enabling'

interface Polled {
  mapping: Mapping
  state: State
  changedAt: Date
  /** The last one polls while the mapping is enabled; the others may have a running invocation. */
  sources: EventSource[]
}

const PATH = /^\/2015-03-31\/event-source-mappings\b/

/** @param options.poll starts receiving for a mapping; undefined if its queue is not in the local cloud */
export function createMappings(options: {
  store: DatabaseSync
  mappings: readonly Mapping[]
  poll(mapping: Mapping): EventSource | undefined
  now?: () => Date
}): Mappings {
  const { store, poll, now = () => new Date() } = options
  store.exec(
    'CREATE TABLE IF NOT EXISTS changed_event_source_mappings (uuid TEXT PRIMARY KEY, enabled INTEGER NOT NULL, template TEXT NOT NULL) WITHOUT ROWID',
  )
  const keep = store.prepare('INSERT OR REPLACE INTO changed_event_source_mappings VALUES (?, ?, ?)')
  const kept = store.prepare('SELECT enabled FROM changed_event_source_mappings WHERE uuid = ? AND template = ?')
  const all = new Map(
    options.mappings.map((mapping) => {
      const row = kept.get(mapping.uuid, JSON.stringify(mapping)) as { enabled: number } | undefined
      const enabled = row === undefined ? mapping.enabled : row.enabled === 1
      const polled: Polled = {
        ...{ mapping, sources: [], changedAt: now() },
        state: enabled ? 'Enabled' : 'Disabled',
      }
      return [mapping.uuid, polled]
    }),
  )
  let isRunning = false

  function find(uuid: string): Polled {
    const polled = all.get(uuid)
    if (!polled) throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', 404)
    return polled
  }

  function become(polled: Polled, state: State) {
    polled.state = state
    polled.changedAt = now()
  }

  function change(polled: Polled, isEnabled: boolean) {
    become(polled, isEnabled ? 'Enabling' : 'Disabling')
    const done = isEnabled ? Promise.resolve(begin(polled)) : polled.sources.at(-1)?.drain()
    void Promise.resolve(done).then(() => become(polled, isEnabled ? 'Enabled' : 'Disabled'))
  }

  function begin(polled: Polled) {
    const source = isRunning ? poll(polled.mapping) : undefined
    if (source) polled.sources.push(source)
  }

  function update(uuid: string, { Enabled, ...others }: Record<string, unknown>) {
    const polled = find(uuid)
    const [unknown] = Object.keys(others)
    if (unknown !== undefined) {
      throw new AwsError('InvalidParameterValueException', `The local cloud cannot change a mapping’s ${unknown}.`)
    }
    if (polled.state === 'Enabling' || polled.state === 'Disabling') {
      throw new AwsError(
        'ResourceInUseException',
        `Cannot update the event source mapping ${uuid} because it is in use.`,
      )
    }
    if (typeof Enabled !== 'boolean') return described(polled)
    keep.run(uuid, Enabled ? 1 : 0, JSON.stringify(polled.mapping))
    if (Enabled !== (polled.state === 'Enabled')) change(polled, Enabled)
    return described(polled)
  }

  const answer = awsRest({
    'GET /2015-03-31/event-source-mappings': ({ query }) => {
      const source = query.get('EventSourceArn')
      const name = query.get('FunctionName')
      const found = [...all.values()].filter(({ mapping: { queueArn, functionArn } }) => {
        const isNamed = name === null || functionArn === name || functionArn.endsWith(`:${name.split(':').at(-1)}`)
        return isNamed && (source === null || source === queueArn)
      })
      return { EventSourceMappings: found.map(described) }
    },
    'GET /2015-03-31/event-source-mappings/{uuid}': ({ path }) => described(find(path.uuid as string)),
    'PUT /2015-03-31/event-source-mappings/{uuid}': ({ path, input }) => update(path.uuid as string, input),
  })

  return {
    handler: (rest) => (request, response) =>
      PATH.test(request.url ?? '') ? answer(request, response) : rest(request, response),
    start() {
      isRunning = true
      for (const polled of all.values()) if (polled.state === 'Enabled') begin(polled)
    },
    async stop() {
      isRunning = false
      await Promise.all([...all.values()].flatMap(({ sources }) => sources.map((source) => source.stop())))
    },
  }
}

function described({ mapping, state, changedAt }: Polled) {
  const { uuid, queueArn, functionArn, batchSize, reportBatchItemFailures } = mapping
  return {
    ...{ UUID: uuid, EventSourceArn: queueArn, FunctionArn: functionArn, BatchSize: batchSize, State: state },
    ...{ StateTransitionReason: 'USER_INITIATED', LastModified: changedAt.getTime() / 1000 },
    FunctionResponseTypes: reportBatchItemFailures ? ['ReportBatchItemFailures'] : [],
  }
}
