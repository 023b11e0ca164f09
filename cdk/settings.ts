/**
 * What can be set on Carryout besides the resources it is put between, with defaults. What contradicts itself, or a
 * fact of AWS, is refused when the stack is synthesized, with a sentence that says what to change.
 */
import { isIP } from 'node:net'
import { Duration } from 'aws-cdk-lib'
import { z } from 'zod'
import { isPrivateAddress } from './address.ts'

/** A failed execution can be redriven this long. https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html */
const REDRIVE_WINDOW = Duration.days(14)

/** A Lambda's longest life, and so a chunk's. */
export const LONGEST_INVOCATION = Duration.minutes(15)

/** ListExecutions, by which `start` counts, gives 100 executions at once. */
const MOST_RUNNING = 100

/** The longest function name that AWS takes is 64 characters, and `-export-chunk` is put behind it. */
const LONGEST_NAME = 64 - '-export-chunk'.length

const duration = z.custom<Duration>(
  (value) => value instanceof Duration,
  'must be a Duration, such as Duration.days(7)',
)
const wholeDays = duration.refine(
  (value) => Number.isInteger(value.toDays({ integral: false })) && value.toDays() >= 1,
  'must be whole days, at least one: S3 deletes by the day',
)
const count = z.int('must be a whole number').min(1, 'must be at least 1')
const someOf = <T extends z.ZodType>(value: T) =>
  z.array(value).min(1, 'is empty, so no mail would pass: name at least one value, or leave the attribute out')

export const Subscription = z.strictObject({
  email: z.email('must be an e-mail address'),
  filter: z
    .strictObject({
      status: someOf(z.enum(['ready', 'failed'])).optional(),
      export: someOf(z.string().min(1)).optional(),
      requestedBy: someOf(z.email('must be an e-mail address')).optional(),
    })
    .optional(),
})
export type Subscription = z.output<typeof Subscription>

const host = z
  .string()
  .regex(/^[A-Za-z0-9.:-]+$/, 'must be a host name alone, without scheme, user or path')
  .refine(
    (value) => isIP(value) !== 0 || !value.includes(':'),
    'must be a host name alone: put the number behind the colon into port',
  )

export const Database = z
  .strictObject({
    host,
    port: count.max(65_535, 'must be at most 65535').default(3306),
    name: z.string().min(1, 'is empty: name the schema that the exports query'),
    tls: z.enum(['required', 'off']).default('required'),
    timeZone: z
      .string()
      .regex(/^([+-](0\d|1[0-3]):[0-5]\d|\+14:00)$/, 'must be an offset such as "+09:00", from "-13:59" to "+14:00"')
      .default('+00:00'),
  })
  .check(({ value, issues }) => {
    if (isIP(value.host) === 0) return
    if (value.tls === 'required') {
      issues.push(
        issue(
          value,
          ['host'],
          `is the address ${value.host}, but a certificate names a host: give the endpoint’s name`,
        ),
      )
    } else if (!isPrivateAddress(value.host)) {
      issues.push(
        issue(
          value,
          ['tls'],
          `is off though ${value.host} is a public address: rows would cross the internet in plain text`,
        ),
      )
    }
  })

export const Settings = z
  .strictObject({
    name: z
      .string()
      .max(
        LONGEST_NAME,
        `must have at most ${LONGEST_NAME} characters, since functions’ names begin with it: shorten it`,
      )
      .regex(/^[A-Za-z][A-Za-z0-9-]*$/, 'must be letters, digits and hyphens, beginning with a letter'),
    database: Database,
    maxConcurrentQueries: count.default(1),
    maxRunning: count
      .max(MOST_RUNNING, `must be at most ${MOST_RUNNING}: more running executions cannot be counted`)
      .default(1),
    chunkBudget: duration
      .refine((value) => value.toSeconds({ integral: false }) >= 1, 'must be at least a second')
      .refine(
        (value) => value.toMilliseconds() < LONGEST_INVOCATION.toMilliseconds(),
        'must be shorter than 15 minutes, the longest that a Lambda runs',
      )
      .optional(),
    fileRetention: wholeDays.default(Duration.days(7)),
    unfinishedRetention: wholeDays
      .refine(
        (value) => value.toDays() > REDRIVE_WINDOW.toDays(),
        'must be longer than 14 days: so long a failed execution can be redriven, and it needs its chunks',
      )
      .default(Duration.days(15)),
    linkExpiry: duration
      .refine((value) => value.toSeconds({ integral: false }) >= 1, 'must be at least a second')
      .optional(),
    subscriptions: z
      .array(Subscription)
      .default([])
      .check(({ value, issues }) => {
        const twice = value.find(({ email }, at) => value.findIndex((other) => other.email === email) !== at)
        if (twice) {
          const sentence = `have ${twice.email} twice, but SNS keeps one subscription for an address: merge their filters`
          issues.push(issue(value, [], sentence))
        }
      }),
  })
  .check(({ value, issues }) => {
    const { linkExpiry, fileRetention } = value
    if (linkExpiry && linkExpiry.toMilliseconds() > fileRetention.toMilliseconds()) {
      const days = fileRetention.toDays()
      const sentence = `is longer than fileRetention, so links would outlive their files: make it at most ${days} days, or keep files longer`
      issues.push(issue(value, ['linkExpiry'], sentence))
    }
  })
  .transform((value) => ({ ...value, linkExpiry: value.linkExpiry ?? value.fileRetention }))
export type Settings = z.output<typeof Settings>

function issue(input: unknown, path: string[], message: string) {
  return { code: 'custom' as const, input, path, message }
}

/** @throws Error with one sentence for each thing that is wrong, beginning with where it is. */
export function accept<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const sentences = result.error.issues.map(sentence)
  throw new Error(`${what} cannot be deployed:\n${sentences.map((line) => `  ${line}.`).join('\n')}`)
}

function sentence(issue: z.core.$ZodIssue): string {
  const where = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  const name = where.replace(/^\./, '')
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${name === '' ? '' : `${name}: `}there is no setting ${issue.keys.join(', ')}: correct the name or remove it`
    case 'invalid_value':
      return `${name} must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`
    case 'invalid_type':
      if (issue.message.endsWith('received undefined')) return `${name} is missing`
      return /^Invalid/.test(issue.message) ? `${name} must be a ${issue.expected}` : `${name} ${issue.message}`
    default:
      return `${name} ${issue.message}`
  }
}
