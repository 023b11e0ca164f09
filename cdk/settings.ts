/**
 * Carryout's settings apart from resources, with their defaults. Settings that contradict each other or AWS's limits
 * are refused at synthesis, with a sentence that says what to change.
 */
import { Duration, Token } from 'aws-cdk-lib'
import { z } from 'zod'
import { isTimeZone, LANGUAGES } from '../statemachine/request.ts'
import { issue } from './accept.ts'
import { HANDLERS } from './bundles.ts'
import { Database } from './database-settings.ts'

/**
 * How long a failed execution can be redriven.
 * https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
 */
const REDRIVE_WINDOW = Duration.days(14)

/** The longest that a Lambda function, and so a chunk, can run. */
export const LONGEST_INVOCATION = Duration.minutes(15)

/** `start` counts with ListExecutions, which returns 100 executions at once. */
const MOST_RUNNING = 100

/** A function's name has at most 64 characters, and a hyphen and the handler's name are appended. */
const LONGEST_NAME = 64 - Math.max(...HANDLERS.map((handler) => `-${handler}`.length))

const tokenProblem = (example: string) => `is a token, but its value is needed at synthesis: set it to ${example}`

const duration = z.custom<Duration>((value) => value instanceof Duration && !value.isUnresolved(), {
  error: ({ input }) =>
    input instanceof Duration
      ? tokenProblem('a plain number of units, such as Duration.days(7)')
      : 'must be a Duration, such as Duration.days(7)',
})
const wholeDays = duration.refine(
  (value) => Number.isInteger(value.toDays({ integral: false })) && value.toDays() >= 1,
  'must be whole days, at least one: S3 deletes by the day',
)
const count = z.int('must be a whole number').min(1, 'must be at least 1')
/** Refuses a token, whose value only CloudFormation knows. */
const known = <Value>(schema: z.ZodType<Value, Value>, example: string) =>
  z.custom<Value>((value) => !Token.isUnresolved(value), tokenProblem(example)).pipe(schema)
/** http:// is accepted for a laptop's own web app, which has no certificate. */
const webAddress = z.url('must be a URL').refine((value) => {
  const { protocol, hostname, search, hash } = new URL(value)
  const isLocal = protocol === 'http:' && ['localhost', '127.0.0.1'].includes(hostname)
  return (protocol === 'https:' || isLocal) && search === '' && hash === ''
}, 'must begin with https:// and have neither ? nor #')
const someOf = <T extends z.ZodType>(value: T) =>
  z.array(value).min(1, 'is empty, so no mail would match: set at least one value, or remove the attribute')

/**
 * The limit per filter: the numbers of its values, multiplied.
 * https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
 */
const MOST_COMBINATIONS = 150
/** The accepted values by attribute; an attribute that is present has at least one. */
type Filter = Partial<Record<'status' | 'export' | 'requestedBy', string[]>>

export const Subscription = z.strictObject({
  email: z.email('must be an e-mail address'),
  filter: z
    .strictObject({
      status: someOf(z.enum(['ready', 'failed'])).optional(),
      export: someOf(z.string().min(1, 'is empty: set it to the name of an export')).optional(),
      requestedBy: someOf(z.email('must be an e-mail address')).optional(),
    })
    // A stack may leave an attribute undefined by a condition.
    .transform((filter): Filter => Object.fromEntries(Object.entries(filter).filter(([, values]) => values)))
    .check(({ value, issues }) => {
      const combinations = Object.values(value).reduce((product, { length }) => product * length, 1)
      if (combinations <= MOST_COMBINATIONS) return
      const sentence = `has ${combinations} combinations of its values, but SNS takes at most ${MOST_COMBINATIONS}: use fewer values`
      issues.push(issue(value, [], sentence))
    })
    .optional(),
})
export type Subscription = z.output<typeof Subscription>

/** Settings of the mails to requesters. */
export const Mail = z.strictObject({
  from: z.email('must be an e-mail address'),
  fromName: z
    .string()
    .min(1, 'is empty: set it to the sender’s name, or remove it')
    .max(64, 'must have at most 64 characters')
    .optional(),
  timeZone: z.string().refine(isTimeZone, 'must be the name of a time zone such as Asia/Tokyo').optional(),
  identity: z.enum(['create', 'existing']).default('existing'),
})
export type Mail = z.output<typeof Mail>

const DEFAULT_LINK_CONCURRENCY = 10

/** What mails link to. */
export const LinkSettings = z
  .union(
    [
      z.enum(['url', 'none']),
      z.strictObject({ baseUrl: webAddress }),
      z.strictObject({ maxConcurrency: z.int().min(0, 'must not be negative; 0 sets no limit') }),
    ],
    "must be 'url', 'none', { baseUrl: 'https://…' } or { maxConcurrency: 10 }",
  )
  .default('url')
export type LinkSettings = z.output<typeof LinkSettings>

/** Returns how many links are opened at once; 0 means no limit, undefined means no function URL. */
export function linkConcurrency(links: LinkSettings): number | undefined {
  if (links === 'url') return DEFAULT_LINK_CONCURRENCY
  return typeof links === 'object' && 'maxConcurrency' in links ? links.maxConcurrency : undefined
}

export const Settings = z
  .strictObject({
    name: known(
      z
        .string()
        .max(
          LONGEST_NAME,
          `must have at most ${LONGEST_NAME} characters, because the functions’ names begin with it: shorten it`,
        )
        .regex(/^[A-Za-z][A-Za-z0-9-]*$/, 'must be letters, digits and hyphens, beginning with a letter'),
      'plain text',
    ),
    catalogue: z.string().min(1, 'is empty: set it to the path of the module that exports the catalogue'),
    database: Database,
    maxConcurrentQueries: known(count, 'a plain number, such as 1').default(1),
    maxRunning: known(
      count.max(MOST_RUNNING, `must be at most ${MOST_RUNNING}: more running executions cannot be counted`),
      'a plain number, such as 1',
    ).default(1),
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
        'must be longer than 14 days, because a failed execution can be redriven for that long and needs its chunks',
      )
      .default(Duration.days(15)),
    linkExpiry: duration
      .refine((value) => value.toSeconds({ integral: false }) >= 1, 'must be at least a second')
      .optional(),
    mail: Mail.optional(),
    webhook: z.strictObject({ url: webAddress }).optional(),
    links: LinkSettings,
    operatorLanguage: z.enum(LANGUAGES).default('en'),
    consoleUrl: webAddress.optional(),
    subscriptions: z
      .array(Subscription)
      .default([])
      .check(({ value, issues }) => {
        const twice = value.find(({ email }, at) => value.findIndex((other) => other.email === email) !== at)
        if (twice) {
          const sentence = `have ${twice.email} twice, but SNS keeps one subscription per address: merge their filters`
          issues.push(issue(value, [], sentence))
        }
      }),
  })
  .check(({ value, issues }) => {
    const { linkExpiry, fileRetention } = value
    if (linkExpiry && linkExpiry.toMilliseconds() > fileRetention.toMilliseconds()) {
      const days = fileRetention.toDays()
      const sentence = `is longer than fileRetention, so links would outlive their files: set it to at most ${days} days, or increase fileRetention`
      issues.push(issue(value, ['linkExpiry'], sentence))
    }
  })
  .transform((value) => ({ ...value, linkExpiry: value.linkExpiry ?? value.fileRetention }))
export type Settings = z.output<typeof Settings>
