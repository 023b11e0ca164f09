/**
 * Derives the IAM actions and resources of a request.
 *
 * @see
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */

import type { IncomingMessage } from 'node:http'
import { awsArn } from '../arn.ts'

export interface Wanted {
  action: string
  resource: string
  context?: Record<string, string | string[]>
}

export interface Place {
  region: string
  accountId: string
  /** Returns a secret's ARN, given its ARN or name. */
  secretArn(secretId: string): string | undefined
  /** Returns the identities that a mail needs: the sender's and, in the sandbox, the recipients'. */
  identitiesOf(from: string, recipients: readonly string[]): string[]
}

type Input = Record<string, unknown>
type Reader = (call: { request: IncomingMessage; body: Buffer; place: Place }) => Wanted[]

/** By the service's name in a signature; a service that is missing needs no permission here. */
const READERS: Readonly<Record<string, Reader>> = {
  sqs: json(({ operation, input, arn }) => {
    const queue =
      String(input.QueueUrl ?? '')
        .split('/')
        .at(-1) ?? ''
    const resource = input.SourceArn ? String(input.SourceArn) : queue ? arn('sqs', queue) : '*'
    return [{ action: `sqs:${operation.replace(/Batch$/, '')}`, resource }]
  }),
  sns({ body }) {
    const form = new URLSearchParams(body.toString())
    const resource = form.get('TopicArn') ?? form.get('TargetArn') ?? form.get('SubscriptionArn') ?? '*'
    return [{ action: `sns:${(form.get('Action') ?? '').replace(/Batch$/, '')}`, resource }]
  },
  states: json(({ operation, input }) => {
    const resource = input.executionArn ?? input.stateMachineArn ?? '*'
    return [{ action: `states:${operation}`, resource: String(resource) }]
  }),
  dynamodb: json(({ operation, input, arn }) => {
    const table = (name: unknown) => {
      const text = String(name)
      return text.startsWith('arn:') ? text : arn('dynamodb', `table/${text}`)
    }
    const many = (input.RequestItems ?? {}) as Record<string, unknown>
    const tables = input.TableName === undefined ? Object.keys(many) : [input.TableName]
    const index = input.IndexName === undefined ? '' : `/index/${input.IndexName}`
    const resources = tables.length === 0 ? ['*'] : tables.map((name) => `${table(name)}${index}`)
    return resources.map((resource) => ({ action: `dynamodb:${operation}`, resource }))
  }),
  secretsmanager: json(({ operation, input, place }) => {
    const id = String(input.SecretId ?? '')
    const resource = id === '' ? '*' : (place.secretArn(id) ?? id)
    return [{ action: `secretsmanager:${operation}`, resource }]
  }),
  ssm: json(({ operation, input, arn }) => {
    const name = String(input.Name ?? '')
    return [
      { action: `ssm:${operation}`, resource: name === '' ? '*' : arn('ssm', `parameter/${name.replace(/^\//, '')}`) },
    ]
  }),
  events: json(({ operation, input, arn }) => {
    const entries = (input.Entries ?? []) as { EventBusName?: string; Source?: string; DetailType?: string }[]
    return entries.map(({ EventBusName = 'default', Source = '', DetailType = '' }) => ({
      action: `events:${operation}`,
      resource: EventBusName.startsWith('arn:') ? EventBusName : arn('events', `event-bus/${EventBusName}`),
      context: { 'events:source': Source, 'events:detail-type': DetailType },
    }))
  }),
  logs: json(({ operation, input, arn }) => {
    const group = String(input.logGroupName ?? '')
    return [{ action: `logs:${operation}`, resource: group === '' ? '*' : arn('logs', `log-group:${group}:*`) }]
  }),
  lambda({ request, place }) {
    const mappings = /\/event-source-mappings(?:\/([^/?]+))?/.exec(request.url ?? '')
    if (mappings) {
      const [, mapping] = mappings
      if (mapping === undefined) return [{ action: 'lambda:ListEventSourceMappings', resource: '*' }]
      const verb = request.method === 'PUT' ? 'Update' : 'Get'
      const resource = awsArn('lambda', `event-source-mapping:${mapping}`, place)
      return [{ action: `lambda:${verb}EventSourceMapping`, resource }]
    }
    if (/\/account-settings\b/.test(request.url ?? '')) return [{ action: 'lambda:GetAccountSettings', resource: '*' }]
    const [, encoded, part] = /^\/2015-03-31\/functions\/?([^/?]+)?\/?([^/?]+)?/.exec(request.url ?? '') ?? []
    if (encoded === undefined) return [{ action: 'lambda:ListFunctions', resource: '*' }]
    const name = decodeURIComponent(encoded).split(':').at(-1)
    const actions: Record<string, string> = { invocations: 'InvokeFunction', configuration: 'GetFunctionConfiguration' }
    const action = part !== undefined && Object.hasOwn(actions, part) ? actions[part] : 'GetFunction'
    const resource = awsArn('lambda', `function:${name}`, place)
    return [{ action: `lambda:${action}`, resource }]
  },
  'rds-data'({ request, body }) {
    const names: Record<string, string> = {
      '/Execute': 'ExecuteStatement',
      '/BatchExecute': 'BatchExecuteStatement',
      '/BeginTransaction': 'BeginTransaction',
      '/CommitTransaction': 'CommitTransaction',
      '/RollbackTransaction': 'RollbackTransaction',
    }
    const path = (request.url ?? '').split('?')[0] ?? ''
    const input = objectOf(body)
    const name = Object.hasOwn(names, path) ? names[path] : path
    return [
      { action: `rds-data:${name}`, resource: String(input.resourceArn ?? '*') },
      { action: 'secretsmanager:GetSecretValue', resource: String(input.secretArn ?? '*') },
    ]
  },
  ses({ request, body, place }) {
    const resource = (path: string) => awsArn('ses', path, place)
    const path = (request.url ?? '').split('?')[0] ?? ''
    if (path !== '/v2/email/outbound-emails') {
      const [, identity] = /^\/v2\/email\/identities\/([^/]+)/.exec(path) ?? []
      if (path === '/v2/email/account') return [{ action: 'ses:GetAccount', resource: '*' }]
      const verb = { GET: 'Get', DELETE: 'Delete', POST: 'Create' }[request.method ?? ''] ?? 'List'
      return [
        {
          action: `ses:${verb}EmailIdentity`,
          resource: identity ? resource(`identity/${decodeURIComponent(identity)}`) : '*',
        },
      ]
    }
    const input = objectOf(body)
    const from = String(input.FromEmailAddress ?? '')
    const address = (/<([^<>]*)>\s*$/.exec(from)?.[1] ?? from).trim()
    const set = input.ConfigurationSetName
    const recipients = Object.values((input.Destination ?? {}) as Record<string, string[]>).flat()
    const resources = [
      ...place.identitiesOf(address, recipients).map((name) => resource(`identity/${name}`)),
      ...(set === undefined ? [] : [resource(`configuration-set/${set}`)]),
    ]
    const context = { 'ses:FromAddress': address }
    return (resources.length === 0 ? ['*'] : resources).map((each) => ({
      action: 'ses:SendEmail',
      resource: each,
      context,
    }))
  },
}

/** @returns an empty list if the service is unknown or needs no permission (STS) */
export function wantedOf(service: string, request: IncomingMessage, body: Buffer, place: Place): Wanted[] {
  const reader = Object.hasOwn(READERS, service) ? READERS[service] : undefined
  return reader ? reader({ request, body, place }) : []
}

function json(
  read: (call: {
    operation: string
    input: Input
    place: Place
    arn(service: string, resource: string): string
  }) => Wanted[],
): Reader {
  return ({ request, body, place }) => {
    const operation =
      String(request.headers['x-amz-target'] ?? '')
        .split('.')
        .at(-1) ?? ''
    const arn = (service: string, resource: string) => awsArn(service, resource, place)
    return read({ operation, input: objectOf(body), place, arn })
  }
}

/** A body that is not JSON is refused by the service itself. */
function objectOf(body: Buffer): Input {
  try {
    const input: unknown = JSON.parse(body.toString())
    return typeof input === 'object' && input !== null ? (input as Input) : {}
  } catch {
    return {}
  }
}
