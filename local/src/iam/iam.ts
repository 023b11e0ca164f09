/**
 * IAM: the template's roles with their policies, the policies on its resources, and the access keys that identify the
 * functions' calls. A caller without a role's key is the account's root, like the laptop's user.
 */

import { createHmac, randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { awsArn } from '../arn.ts'
import { AwsError } from '../protocol.ts'
import { type Access, decide } from './evaluate.ts'
import type { Statement } from './statement.ts'
import type { Usage } from './usage.ts'

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
}

/** A caller in a role. */
export interface Principal {
  roleArn: string
  /** The name of the function or execution. */
  session: string
}

export interface Iam {
  /** @param statements of the policies in the role */
  putRole(role: { arn: string; logicalId: string; statements: readonly Statement[] }): void
  /** Adds a policy to a role of the template. @param role its name or ARN */
  attach(role: string, statements: readonly Statement[]): void
  /** Adds a policy to a resource; access to it is then checked for services as well. */
  putResourcePolicy(resourceArn: string, statements: readonly Statement[]): void
  /** Declares that the template creates the resource, so that services need a policy on it. */
  own(resourceArn: string): void
  /** Returns the same credentials at every start, so that a link that a function signed works after a restart. */
  credentialsOf(principal: Principal): Credentials
  /** Returns the principal of an access key that `credentialsOf` returned. */
  principalOf(accessKeyId: string): (Principal & { secretAccessKey: string }) | undefined
  /**
   * @throws AwsError AccessDeniedException; roles outside the template are always allowed, because nothing is known of
   * them
   */
  authorize(principal: Principal, action: string, resource: string, context?: Record<string, string | string[]>): void
  /**
   * Whether a service may access a resource on behalf of another: `events.amazonaws.com` for a rule. Always true if the
   * template does not create the resource.
   */
  serviceMay(service: string, action: string, resource: string, context?: Record<string, string>): boolean
}

interface Role {
  logicalId: string
  statements: Statement[]
}

export function createIam(options: { store: DatabaseSync; accountId: string; usage: Usage }): Iam {
  const { store, accountId, usage } = options
  const roles = new Map<string, Role>()
  const policies = new Map<string, Statement[]>()
  const principals = new Map<string, Principal & { secretAccessKey: string }>()
  const seed = seedOf(store)

  const roleArn = (role: string) => (role.startsWith('arn:') ? role : awsArn('iam', `role/${role}`, { accountId }))
  const policiesOn = (arn: string) => policies.get(arn) ?? policies.get(arn.replace(/\/.*$/, '')) ?? []
  const everyone = () => [awsArn('iam', 'root', { accountId }), accountId]
  const contextOf = (given: Record<string, string | string[]>) =>
    new Map(
      Object.entries({ 'aws:SecureTransport': 'true', 'aws:SourceAccount': accountId, ...given }).map(
        ([key, value]) => [key.toLowerCase(), [value].flat()] as const,
      ),
    )

  return {
    putRole({ arn, logicalId, statements }) {
      roles.set(arn, { logicalId, statements: [...statements] })
      usage.granted(logicalId, statements)
    },
    attach(name, statements) {
      const role = roles.get(roleArn(name))
      if (!role) return
      role.statements.push(...statements)
      usage.granted(role.logicalId, statements)
    },
    putResourcePolicy(arn, statements) {
      policies.set(arn, [...(policies.get(arn) ?? []), ...statements])
    },
    own(arn) {
      if (!policies.has(arn)) policies.set(arn, [])
    },
    credentialsOf(principal) {
      const digest = (purpose: string) =>
        createHmac('sha256', seed).update(`${purpose}\n${principal.roleArn}\n${principal.session}`).digest()
      // The format of temporary credentials: 20 capitals and digits.
      const accessKeyId = `ASIA${digest('id').toString('hex').slice(0, 16).toUpperCase()}`
      const secretAccessKey = digest('secret').toString('base64').slice(0, 40)
      principals.set(accessKeyId, { ...principal, secretAccessKey })
      return { accessKeyId, secretAccessKey, sessionToken: 'local' }
    },
    principalOf: (accessKeyId) => principals.get(accessKeyId),
    authorize({ roleArn: arn, session }, action, resource, context = {}) {
      const role = roles.get(arn)
      if (!role) return
      const access: Access = { action, resource, context: contextOf({ 'aws:PrincipalArn': arn, ...context }) }
      const decision = decide(access, role.statements, policiesOn(resource), [arn, ...everyone()])
      if (decision.allowed) return usage.used(role.logicalId, action, role.statements, access)
      usage.denied(role.logicalId, action)
      const user = awsArn('sts', `assumed-role/${arn.split('/').at(-1)}/${session}`, { accountId })
      const reason =
        decision.why === 'an explicit deny'
          ? `with an explicit deny in ${decision.policy === 'identity' ? 'an identity-based' : 'a resource-based'} policy`
          : `because no identity-based policy allows the ${action} action`
      throw new AwsError(
        'AccessDeniedException',
        `User: ${user} is not authorized to perform: ${action} on resource: ${resource} ${reason}`,
        403,
      )
    },
    serviceMay(service, action, resource, context = {}) {
      if (!policies.has(resource)) return true
      const access = { action, resource, context: contextOf(context) }
      return decide(access, undefined, policiesOn(resource), [service]).allowed
    },
  }
}

/** Stored, because a signature must still be valid after a restart. */
function seedOf(store: DatabaseSync): string {
  store.exec('CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID')
  store.prepare("INSERT OR IGNORE INTO settings VALUES ('iam', ?)").run(randomBytes(32).toString('hex'))
  return (store.prepare("SELECT value FROM settings WHERE name = 'iam'").get() as { value: string }).value
}
