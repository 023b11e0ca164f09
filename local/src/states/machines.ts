/** The operations on state machines. */
import { randomUUID } from 'node:crypto'
import { AwsError, type Operation } from '../protocol.ts'
import type { Journal, MachineRow } from './journal.ts'
import { checkArn, checkName, pageSize, pageToken, readPageToken } from './names.ts'
import { validate } from './validate.ts'

export interface MachineProperties {
  name: string
  /** Amazon States Language as JSON text. */
  definition: string
  roleArn: string
  /** STANDARD, the default, is the only supported type. */
  type?: string | undefined
  loggingConfiguration?: object | undefined
  tracingConfiguration?: object | undefined
  tags?: { key: string; value: string }[] | undefined
}

export class Machines {
  readonly #journal: Journal
  readonly #prefix: string
  readonly #now: () => number

  /** @param prefix of the machines' ARNs, up to the name */
  constructor(journal: Journal, prefix: string, now: () => number) {
    this.#journal = journal
    this.#prefix = prefix
    this.#now = now
  }

  /**
   * Creates or updates the machine; running executions keep their definition.
   *
   * @returns its ARN
   * @throws AwsError InvalidName, InvalidDefinition, StateMachineTypeNotSupported
   */
  ensure(properties: MachineProperties): string {
    const row = this.#row(properties)
    const existing = this.#journal.machine(row.arn)
    if (!existing) this.#journal.saveMachine(row)
    else if (!sameMachine(existing, row) || existing.tags !== row.tags) {
      this.#journal.saveMachine({ ...row, createdAt: existing.createdAt })
    }
    return row.arn
  }

  /** @throws AwsError InvalidArn, StateMachineDoesNotExist */
  get(arn: unknown): MachineRow {
    const row = this.#journal.machine(checkArn(arn, 'stateMachine'))
    if (!row) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`)
    return row
  }

  readonly operations: Record<string, Operation> = {
    CreateStateMachine: (input) => {
      refuseVersions(input)
      const row = this.#row(input as unknown as MachineProperties)
      const existing = this.#journal.machine(row.arn)
      if (existing && !sameMachine(existing, row)) {
        throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${row.arn}'`)
      }
      if (!existing) this.#journal.saveMachine(row)
      return { stateMachineArn: row.arn, creationDate: (existing ?? row).createdAt / 1000 }
    },
    DescribeStateMachine: ({ stateMachineArn }) => {
      const row = this.get(stateMachineArn)
      return { ...described(row), status: 'ACTIVE', type: 'STANDARD', creationDate: row.createdAt / 1000 }
    },
    ListStateMachines: ({ maxResults, nextToken }) => {
      const size = pageSize(maxResults)
      const from = readPageToken('machines', nextToken) ?? 0
      const rows = this.#journal.machines()
      const stateMachines = rows.slice(from, from + size).map(({ arn, name, createdAt }) => ({
        stateMachineArn: arn,
        name,
        type: 'STANDARD',
        creationDate: createdAt / 1000,
      }))
      const more = from + size < rows.length
      return { stateMachines, ...(more && { nextToken: pageToken('machines', from + size) }) }
    },
    UpdateStateMachine: (input) => {
      refuseVersions(input)
      const row = this.get(input.stateMachineArn)
      const { definition, roleArn, loggingConfiguration, tracingConfiguration } = input as Partial<MachineProperties>
      if (definition === undefined && roleArn === undefined && !loggingConfiguration && !tracingConfiguration) {
        throw new AwsError('MissingRequiredParameter', 'Either the definition, the role ARN, or both must be specified')
      }
      if (definition !== undefined) checkDefinition(definition)
      const updated = {
        ...row,
        definition: definition ?? row.definition,
        roleArn: roleArn ?? row.roleArn,
        loggingConfiguration: json(loggingConfiguration) ?? row.loggingConfiguration,
        tracingConfiguration: json(tracingConfiguration) ?? row.tracingConfiguration,
        updatedAt: this.#now(),
        revisionId: randomUUID(),
      }
      this.#journal.saveMachine(updated)
      return { updateDate: updated.updatedAt / 1000, revisionId: updated.revisionId }
    },
    /** Running executions continue, because each has its own copy of the definition. */
    DeleteStateMachine: ({ stateMachineArn }) => {
      this.#journal.deleteMachine(checkArn(stateMachineArn, 'stateMachine'))
      return {}
    },
    ValidateStateMachineDefinition: ({ definition }) => {
      const diagnostics = validate(String(definition)).problems.map((problem) => ({ severity: 'ERROR', ...problem }))
      return { result: diagnostics.length > 0 ? 'FAIL' : 'OK', diagnostics, truncated: false }
    },
    ListTagsForResource: ({ resourceArn }) => ({
      tags: Object.entries(tagsOf(this.#tagged(resourceArn))).map(([key, value]) => ({ key, value })),
    }),
    TagResource: ({ resourceArn, tags }) => {
      const row = this.#tagged(resourceArn)
      this.#journal.saveMachine({ ...row, tags: tagText(tags as MachineProperties['tags'], tagsOf(row)) })
      return {}
    },
    UntagResource: ({ resourceArn, tagKeys }) => {
      const row = this.#tagged(resourceArn)
      const kept = Object.entries(tagsOf(row)).filter(([key]) => !(tagKeys as string[]).includes(key))
      this.#journal.saveMachine({ ...row, tags: JSON.stringify(Object.fromEntries(kept)) })
      return {}
    },
  }

  #row(properties: MachineProperties): MachineRow {
    const { definition, roleArn, type, loggingConfiguration, tracingConfiguration, tags } = properties
    const name = checkName(properties.name)
    if (type !== undefined && type !== 'STANDARD') {
      throw new AwsError('StateMachineTypeNotSupported', `Only STANDARD state machines run locally, not ${type}.`)
    }
    if (typeof roleArn !== 'string' || !/^arn:[\w-]+:iam::/.test(roleArn)) {
      throw new AwsError('InvalidArn', `Invalid Role Arn: '${roleArn}'`)
    }
    checkDefinition(definition)
    return {
      arn: `${this.#prefix}${name}`,
      name,
      definition,
      roleArn,
      createdAt: this.#now(),
      updatedAt: this.#now(),
      revisionId: randomUUID(),
      loggingConfiguration: json(loggingConfiguration),
      tracingConfiguration: json(tracingConfiguration),
      tags: tagText(tags),
    }
  }

  #tagged(arn: unknown): MachineRow {
    const row = typeof arn === 'string' ? this.#journal.machine(arn) : undefined
    if (!row) throw new AwsError('ResourceNotFound', `Resource not found: '${arn}'`)
    return row
  }
}

/** The description of a machine, and of an execution's machine. */
export function described({ arn, name, definition, roleArn, ...row }: MachineRow): Record<string, unknown> {
  return {
    stateMachineArn: arn,
    name,
    definition,
    roleArn,
    loggingConfiguration: JSON.parse(row.loggingConfiguration ?? '{"level":"OFF","includeExecutionData":false}'),
    tracingConfiguration: JSON.parse(row.tracingConfiguration ?? '{"enabled":false}'),
    revisionId: row.revisionId,
  }
}

function checkDefinition(definition: unknown) {
  const { problems } = validate(String(definition))
  const [problem] = problems
  if (!problem) return
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  throw new AwsError(
    'InvalidDefinition',
    `Invalid State Machine Definition: '${problem.code}: ${problem.message} at ${problem.location}'${more}`,
  )
}

function sameMachine(a: MachineRow, b: MachineRow): boolean {
  const fields = ['definition', 'roleArn', 'loggingConfiguration', 'tracingConfiguration'] as const
  return fields.every((field) => a[field] === b[field])
}

function refuseVersions({ publish }: Record<string, unknown>) {
  if (publish === true)
    throw new AwsError('ValidationException', 'Versions of state machines are not supported locally.')
}

function json(value: object | undefined): string | null {
  return value ? JSON.stringify(value) : null
}

function tagsOf(row: MachineRow): Record<string, string> {
  return JSON.parse(row.tags) as Record<string, string>
}

function tagText(tags: MachineProperties['tags'] = [], existing: Record<string, string> = {}): string {
  return JSON.stringify({ ...existing, ...Object.fromEntries(tags.map(({ key, value }) => [key, value])) })
}
