/**
 * The parts of Secrets Manager that functions read: secrets of the template, whose generated values are kept, and
 * secrets that represent something of this laptop (the database's), which are never stored.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */

import { createHash, randomInt, randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { awsArn } from '../arn.ts'
import { AwsError, awsJson, type Handler } from '../protocol.ts'

export interface PasswordRules {
  PasswordLength?: number | undefined
  ExcludeCharacters?: string | undefined
  ExcludeLowercase?: boolean | undefined
  ExcludeUppercase?: boolean | undefined
  ExcludeNumbers?: boolean | undefined
  ExcludePunctuation?: boolean | undefined
  IncludeSpace?: boolean | undefined
  RequireEachIncludedType?: boolean | undefined
}

export interface Secrets {
  handler: Handler
  /** Creates a secret unless it exists; its value is requested only once. Returns its ARN. */
  createSecret(secret: { name: string; description?: string | undefined; value(): string }): string
  /** Serves a secret that a stack names by its ARN or name but does not create. */
  bind(secretId: string, value: () => string): void
  /** Returns the ARN of a secret by its ARN or name; undefined if there is none. */
  arnOf(secretId: string): string | undefined
  /** Returns a secret's value by its ARN or name, for services that read it; undefined if there is none. */
  valueOf(secretId: string): string | undefined
}

interface Row {
  arn: string
  name: string
  description: string
  value: string
  version: string
  created_at: number
}

export function createSecrets(options: { store: DatabaseSync; region: string; accountId: string }): Secrets {
  const { store, region, accountId } = options
  store.exec(`
    CREATE TABLE IF NOT EXISTS secrets (
      name TEXT PRIMARY KEY, arn TEXT NOT NULL UNIQUE, description TEXT NOT NULL, value TEXT NOT NULL, version TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) WITHOUT ROWID`)
  const insert = store.prepare(
    'INSERT INTO secrets (name, arn, description, value, version, created_at) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const byName = store.prepare('SELECT * FROM secrets WHERE name = ?')
  const byArn = store.prepare('SELECT * FROM secrets WHERE arn = ? OR arn LIKE ? ESCAPE ?')
  const all = store.prepare('SELECT * FROM secrets ORDER BY name')
  const bound = new Map<string, () => string>()
  const startedAt = Date.now()

  function boundRow(id: string): Row | undefined {
    const key = [...bound.keys()].find((known) => known === id || isPartialArn(id, known))
    const value = bound.get(key ?? '')
    if (key === undefined || value === undefined) return undefined
    const name =
      key
        .split(':')
        .slice(6)
        .join(':')
        .replace(/-[A-Za-z0-9]{6}$/, '') || key
    // The same value has the same version, as for a secret that is not rotated.
    const text = value()
    const version = uuidOf(`${key}\n${text}`)
    return {
      arn: completeArn(key),
      name,
      description: 'Represents something of this laptop.',
      value: text,
      version,
      created_at: startedAt,
    }
  }

  function lookUp(id: string): Row | undefined {
    const pattern = `${id.replace(/[\\%_]/g, '\\$&')}-______`
    return (boundRow(id) ?? byName.get(id) ?? byArn.get(id, pattern, '\\')) as unknown as Row | undefined
  }

  function find(input: Record<string, unknown>): Row {
    const row = lookUp(String(input.SecretId ?? ''))
    if (!row) throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
    return row
  }

  return {
    createSecret({ name, description = '', value }) {
      const existing = byName.get(name) as unknown as Row | undefined
      if (existing) return existing.arn
      const arn = awsArn('secretsmanager', `secret:${name}-${characters(LOWER + UPPER + DIGITS, 6)}`, {
        region,
        accountId,
      })
      insert.run(name, arn, description, value(), randomUUID(), Date.now())
      return arn
    },
    bind: (secretId, value) => void bound.set(secretId, value),
    arnOf: (secretId) => lookUp(secretId)?.arn,
    valueOf: (secretId) => lookUp(secretId)?.value,
    handler: awsJson({
      GetSecretValue(input) {
        const row = find(input)
        const { VersionId, VersionStage = 'AWSCURRENT' } = input
        if ((VersionId !== undefined && VersionId !== row.version) || VersionStage !== 'AWSCURRENT') {
          throw new AwsError(
            'ResourceNotFoundException',
            "Secrets Manager can't find the specified secret value for that version.",
          )
        }
        return {
          ARN: row.arn,
          Name: row.name,
          SecretString: row.value,
          VersionId: row.version,
          VersionStages: ['AWSCURRENT'],
          CreatedDate: row.created_at / 1000,
        }
      },
      DescribeSecret: (input) => ({
        ...describe(find(input)),
        VersionIdsToStages: { [find(input).version]: ['AWSCURRENT'] },
      }),
      ListSecrets: () => ({
        SecretList: [...[...bound.keys()].map((id) => boundRow(id) as Row), ...(all.all() as unknown as Row[])].map(
          describe,
        ),
      }),
    }),
  }
}

/**
 * Returns the complete ARN. A stack that imports a secret by name has an ARN without its last characters, but policies
 * refer to the complete one.
 */
function completeArn(id: string): string {
  return /^arn:.+:secret:/.test(id) && !/-[A-Za-z0-9]{6}$/.test(id) ? `${id}-laptop` : id
}

function describe({ arn, name, description, created_at }: Row) {
  return {
    ARN: arn,
    Name: name,
    Description: description,
    CreatedDate: created_at / 1000,
    LastChangedDate: created_at / 1000,
  }
}

/** An ARN without the six characters that Secrets Manager appends also identifies the secret. */
function isPartialArn(id: string, arn: string): boolean {
  return arn.startsWith(`${id}-`) && arn.length === id.length + 7
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const UPPER = LOWER.toUpperCase()
const DIGITS = '0123456789'
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'

/**
 * Generates a password as GetRandomPassword does. @see
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html
 */
export function randomPassword(rules: PasswordRules = {}): string {
  const { PasswordLength = 32, ExcludeCharacters = '', RequireEachIncludedType = true } = rules
  const kinds = [
    rules.ExcludeLowercase ? '' : LOWER,
    rules.ExcludeUppercase ? '' : UPPER,
    rules.ExcludeNumbers ? '' : DIGITS,
    rules.ExcludePunctuation ? '' : PUNCTUATION,
    rules.IncludeSpace ? ' ' : '',
  ]
    .map((kind) => [...kind].filter((character) => !ExcludeCharacters.includes(character)).join(''))
    .filter((kind) => kind !== '')
  if (kinds.length === 0) throw new Error('GenerateSecretString excludes every character.')
  for (;;) {
    const password = characters(kinds.join(''), PasswordLength)
    if (
      !RequireEachIncludedType ||
      kinds.every((kind) => [...password].some((character) => kind.includes(character)))
    ) {
      return password
    }
  }
}

function characters(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
}

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
