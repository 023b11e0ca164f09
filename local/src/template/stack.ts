/** Boots a stack: creates the resources of its template in order and returns the outputs. */

import { createHash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { awsArn } from '../arn.ts'
import type { StackTemplate } from './assembly.ts'
import { holds, NO_VALUE, resolve, type Scope } from './intrinsics.ts'
import { bootOrder } from './order.ts'
import { type Made, type ResourceTypes, type StackIdentity, Unsupported } from './resource.ts'
import { call, TemplateError, type TemplateResource } from './template.ts'

export interface Stack extends StackIdentity {
  description: string | undefined
  createdAt: Date
  resources: { logicalId: string; type: string; physicalId: string }[]
  outputs: { key: string; value: string; description: string | undefined; exportName: string | undefined }[]
  /** One sentence for each part of the template that the local cloud does not have. */
  unsupported: string[]
}

export interface BootOptions {
  store: DatabaseSync
  region: string
  accountId: string
  types: ResourceTypes
}

/**
 * @throws TemplateError where the template cannot be read as CloudFormation would.
 */
export async function bootStack(source: StackTemplate, options: BootOptions): Promise<Stack> {
  const { name, template, assets } = source
  const { store, region, accountId, types } = options
  const ledger = openLedger(store, name)
  const stack: StackIdentity = {
    name,
    region,
    accountId,
    id: awsArn('cloudformation', `stack/${name}/${uuidOf(name)}`, { region, accountId }),
  }
  const made = new Map<string, Made>()
  const unsupported: string[] = []
  const scope = scopeOf(source, stack, made)
  const wanted = Object.fromEntries(
    Object.entries(template.Resources).filter(
      ([, { Condition }]) => Condition === undefined || holds(scope.condition(Condition), scope),
    ),
  )
  for (const logicalId of bootOrder(wanted)) {
    const resource = wanted[logicalId] as TemplateResource
    const generatedName = `${name}-${logicalId}-${createHash('sha256').update(`${name}/${logicalId}`).digest('hex').slice(0, 12)}`
    const properties = inResource(logicalId, () => resolve(resource.Properties ?? {}, scope)) as Record<string, unknown>
    const previous = ledger.refOf(logicalId)
    try {
      const type = Object.hasOwn(types, resource.Type) ? types[resource.Type] : undefined
      if (!type) throw new Unsupported(unsupportedType(logicalId, resource.Type))
      const asset = (objectKey: string) => {
        const path = assets.get(objectKey)
        if (path === undefined)
          throw new Unsupported(`${logicalId} needs the object ${objectKey}, which is not an asset.`)
        return path
      }
      const result = await type.make({
        logicalId,
        type: resource.Type,
        properties,
        stack,
        generatedName,
        previous,
        asset,
      })
      if (previous !== undefined && previous !== result.ref) type.remove?.(previous)
      made.set(logicalId, result)
      ledger.note(logicalId, resource.Type, result.ref)
    } catch (error) {
      if (!(error instanceof Unsupported))
        throw new TemplateError(`${resource.Type} ${logicalId}: ${message(error)}`, { cause: error })
      unsupported.push(error.message)
      made.set(logicalId, { ref: generatedName })
    }
  }
  for (const { logicalId, type, ref } of ledger.all()) {
    if (made.has(logicalId)) continue
    types[type]?.remove?.(ref)
    ledger.forget(logicalId)
  }
  const outputs = Object.entries(template.Outputs ?? {})
    .filter(([, { Condition }]) => Condition === undefined || holds(scope.condition(Condition), scope))
    .map(([key, output]) => ({
      key,
      value: String(inResource(`the output ${key}`, () => resolve(output.Value, scope))),
      description: output.Description,
      exportName: output.Export === undefined ? undefined : String(resolve(output.Export.Name, scope)),
    }))
  const resources = [...made].map(([logicalId, { ref }]) => ({
    logicalId,
    type: (wanted[logicalId] as TemplateResource).Type,
    physicalId: ref,
  }))
  return { ...stack, description: template.Description, createdAt: ledger.createdAt, resources, outputs, unsupported }
}

function unsupportedType(logicalId: string, type: string): string {
  const consequence = type === 'AWS::CloudFormation::Stack' ? ' What is in a nested stack is not created.' : ''
  return `${type} (${logicalId}) is not supported.${consequence}`
}

function scopeOf({ template }: StackTemplate, stack: StackIdentity, made: Map<string, Made>): Scope {
  const pseudo: Record<string, unknown> = {
    'AWS::Region': stack.region,
    'AWS::AccountId': stack.accountId,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stack.name,
    'AWS::StackId': stack.id,
    'AWS::NotificationARNs': [],
    'AWS::NoValue': NO_VALUE,
  }
  return {
    ref(name) {
      if (Object.hasOwn(pseudo, name)) return pseudo[name]
      const resource = made.get(name)
      if (resource) return resource.ref
      const parameters = template.Parameters ?? {}
      const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined
      if (!parameter) throw new TemplateError(`There is no parameter or resource ${name}.`)
      if (parameter.Default === undefined) {
        throw new TemplateError(`The parameter ${name} has no default, and the local cloud is given no parameters.`)
      }
      return parameter.Type.includes('List<') || parameter.Type === 'CommaDelimitedList'
        ? String(parameter.Default).split(',')
        : parameter.Default
    },
    attribute(logicalId, name) {
      const resource = made.get(logicalId)
      if (!resource) throw new TemplateError(`There is no resource ${logicalId}.`)
      const value = resource.attributes?.[name]
      if (value !== undefined) return value
      // A resource without effect on a laptop still has attributes that other resources refer to.
      if (!resource.attributes) return name === 'Arn' ? awsArn('local', resource.ref) : `${resource.ref}.${name}`
      throw new TemplateError(
        `${template.Resources[logicalId]?.Type} ${logicalId} has no attribute ${name} in the local cloud.`,
      )
    },
    condition(name) {
      const expression = template.Conditions?.[name]
      if (!expression || !call(expression)) throw new TemplateError(`There is no condition ${name}.`)
      return expression
    },
    mapping(name, top, second) {
      const value = template.Mappings?.[name]?.[top]?.[second]
      if (value === undefined) throw new TemplateError(`The mapping ${name} has nothing at ${top}, ${second}.`)
      return value
    },
  }
}

/** Records what each boot made, so that a later boot can delete resources that are no longer in the template. */
function openLedger(store: DatabaseSync, stack: string) {
  store.exec(`
    CREATE TABLE IF NOT EXISTS stacks (name TEXT PRIMARY KEY, created_at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS stack_resources (
      stack TEXT, logical_id TEXT, type TEXT NOT NULL, ref TEXT NOT NULL, PRIMARY KEY (stack, logical_id)
    ) WITHOUT ROWID`)
  store.prepare('INSERT OR IGNORE INTO stacks VALUES (?, ?)').run(stack, Date.now())
  const { created_at } = store.prepare('SELECT created_at FROM stacks WHERE name = ?').get(stack) as {
    created_at: number
  }
  const find = store.prepare('SELECT ref FROM stack_resources WHERE stack = ? AND logical_id = ?')
  const insert = store.prepare('INSERT OR REPLACE INTO stack_resources VALUES (?, ?, ?, ?)')
  const remove = store.prepare('DELETE FROM stack_resources WHERE stack = ? AND logical_id = ?')
  const list = store.prepare('SELECT logical_id AS logicalId, type, ref FROM stack_resources WHERE stack = ?')
  return {
    createdAt: new Date(created_at),
    refOf: (logicalId: string) => (find.get(stack, logicalId) as { ref: string } | undefined)?.ref,
    note: (logicalId: string, type: string, ref: string) => insert.run(stack, logicalId, type, ref),
    forget: (logicalId: string) => remove.run(stack, logicalId),
    all: () => list.all(stack) as { logicalId: string; type: string; ref: string }[],
  }
}

/** Adds the place in the template to an error's message. */
function inResource<T>(where: string, evaluate: () => T): T {
  try {
    return evaluate()
  } catch (error) {
    if (error instanceof TemplateError) throw new TemplateError(`In ${where}: ${error.message}`, { cause: error })
    throw error
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Returns the same UUID for the same name, so that a stack keeps its id across boots. */
function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
