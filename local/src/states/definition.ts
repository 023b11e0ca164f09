/** The part of the Amazon States Language that JSONata machines use: https://states-language.net/spec.html */
import { z } from 'zod'

export interface Retrier {
  ErrorEquals: string[]
  IntervalSeconds?: number | undefined
  MaxAttempts?: number | undefined
  BackoffRate?: number | undefined
  MaxDelaySeconds?: number | undefined
  JitterStrategy?: 'FULL' | 'NONE' | undefined
}

/** The results of a state, or of a rule of Choice or Catch; both fields see the previous variables. */
export interface Results {
  Output?: unknown
  Assign?: Record<string, unknown> | undefined
}

export interface Catcher extends Results {
  ErrorEquals: string[]
  Next: string
}

export interface ChoiceRule extends Results {
  Condition: string | boolean
  Next: string
}

interface Named extends Results {
  Comment?: string | undefined
  QueryLanguage?: string | undefined
}
interface Flowing extends Named {
  Next?: string | undefined
  End?: boolean | undefined
}
interface Guarded extends Flowing {
  Retry?: Retrier[] | undefined
  Catch?: Catcher[] | undefined
}

export interface PassState extends Flowing {
  Type: 'Pass'
}
export interface TaskState extends Guarded {
  Type: 'Task'
  Resource: string
  Arguments?: unknown
  TimeoutSeconds?: number | string | undefined
  /** Accepted but ignored: no integration of the local cloud sends heartbeats. */
  HeartbeatSeconds?: number | string | undefined
  Credentials?: unknown
}
export interface ChoiceState extends Named {
  Type: 'Choice'
  Choices: ChoiceRule[]
  Default?: string | undefined
}
export interface WaitState extends Flowing {
  Type: 'Wait'
  Seconds?: number | string | undefined
  Timestamp?: string | undefined
}
export interface SucceedState extends Named {
  Type: 'Succeed'
}
export interface FailState extends Omit<Named, 'Output' | 'Assign'> {
  Type: 'Fail'
  Error?: string | undefined
  Cause?: string | undefined
}
export interface ParallelState extends Guarded {
  Type: 'Parallel'
  Arguments?: unknown
  Branches: StateList[]
}
export interface MapState extends Guarded {
  Type: 'Map'
  Items?: unknown
  ItemSelector?: unknown
  MaxConcurrency?: number | string | undefined
  ItemProcessor: StateList
}

export type State =
  | PassState
  | TaskState
  | ChoiceState
  | WaitState
  | SucceedState
  | FailState
  | ParallelState
  | MapState

/** A scope. Its states see the variables of outer scopes, but cannot assign them. */
export interface StateList {
  StartAt: string
  States: Record<string, State>
}

export interface Machine extends StateList {
  Comment?: string | undefined
  QueryLanguage?: string | undefined
  Version?: string | undefined
  TimeoutSeconds?: number | undefined
}

const expression = z.string().regex(/^\{%[\s\S]*%\}$/, 'must be a JSONata expression, {% … %}')
const whole = z.int().min(0)
const seconds = z.union([whole, expression])
const errorEquals = z.array(z.string()).min(1)
const variables = z.record(
  z.string().regex(/^[\p{ID_Start}_][\p{ID_Continue}]{0,79}$/u, 'is not a name for a variable'),
  z.unknown(),
)

const named = { Comment: z.string().optional(), QueryLanguage: z.enum(['JSONata', 'JSONPath']).optional() }
const results = { Output: z.unknown().optional(), Assign: variables.optional() }
const flowing = { ...named, ...results, Next: z.string().optional(), End: z.boolean().optional() }
const guarded = {
  ...flowing,
  Retry: z
    .array(
      z.strictObject({
        Comment: z.string().optional(),
        ErrorEquals: errorEquals,
        IntervalSeconds: z.int().min(1).optional(),
        MaxAttempts: z.int().min(0).max(99_999_999).optional(),
        BackoffRate: z.number().min(1).optional(),
        MaxDelaySeconds: z.int().min(1).max(31_622_400).optional(),
        JitterStrategy: z.enum(['FULL', 'NONE']).optional(),
      }),
    )
    .optional(),
  Catch: z
    .array(z.strictObject({ Comment: z.string().optional(), ErrorEquals: errorEquals, ...results, Next: z.string() }))
    .optional(),
}

const list = z.strictObject({
  Comment: z.string().optional(),
  StartAt: z.string(),
  States: z.record(
    z.string().min(1).max(80),
    z.lazy(() => state),
  ),
})

const state: z.ZodType<State> = z.discriminatedUnion('Type', [
  z.strictObject({ Type: z.literal('Pass'), ...flowing }),
  z.strictObject({
    Type: z.literal('Task'),
    ...guarded,
    Resource: z.string(),
    Arguments: z.unknown().optional(),
    TimeoutSeconds: z.union([z.int().min(1).max(99_999_999), expression]).optional(),
    HeartbeatSeconds: z.union([z.int().min(1).max(99_999_999), expression]).optional(),
    Credentials: z.unknown().optional(),
  }),
  z.strictObject({
    Type: z.literal('Choice'),
    ...named,
    ...results,
    Choices: z
      .array(
        z.strictObject({
          Comment: z.string().optional(),
          Condition: z.union([z.boolean(), expression]),
          ...results,
          Next: z.string(),
        }),
      )
      .min(1),
    Default: z.string().optional(),
  }),
  z.strictObject({
    Type: z.literal('Wait'),
    ...flowing,
    Seconds: seconds.optional(),
    Timestamp: z.union([z.iso.datetime({ offset: true }), expression]).optional(),
  }),
  z.strictObject({ Type: z.literal('Succeed'), ...named, ...results }),
  z.strictObject({ Type: z.literal('Fail'), ...named, Error: z.string().optional(), Cause: z.string().optional() }),
  z.strictObject({
    Type: z.literal('Parallel'),
    ...guarded,
    Arguments: z.unknown().optional(),
    Branches: z.array(list).min(1),
  }),
  z.strictObject({
    Type: z.literal('Map'),
    ...guarded,
    Items: z.union([z.array(z.unknown()), expression]).optional(),
    ItemSelector: z.unknown().optional(),
    MaxConcurrency: seconds.optional(),
    ItemProcessor: list.extend({
      ProcessorConfig: z.strictObject({ Mode: z.literal('INLINE', 'only INLINE runs locally').optional() }).optional(),
    }),
  }),
])

/** Checks only the shape; `validate` checks the meaning. */
export const machine: z.ZodType<Machine> = list.extend({
  QueryLanguage: z.enum(['JSONata', 'JSONPath']).optional(),
  Version: z.string().optional(),
  TimeoutSeconds: z.int().min(1).max(99_999_999).optional(),
})
