/** Event patterns of EventBridge, as far as they list values; filters such as `prefix` are refused. */
import { z } from 'zod'

export type EventPattern = { [field: string]: EventPattern | Scalar[] }
type Scalar = string | number | boolean | null

const scalar = z.union(
  [z.string(), z.number(), z.boolean(), z.null()],
  'only lists of values are supported in patterns',
)

export const eventPattern: z.ZodType<EventPattern> = z.lazy(() =>
  z.record(z.string(), z.union([z.array(scalar).min(1), eventPattern])),
)

/**
 * Whether every field that the pattern names has one of the values that it lists for it.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
export function matches(pattern: EventPattern, event: unknown): boolean {
  if (event === null || typeof event !== 'object') return false
  return Object.entries(pattern).every(([field, wanted]) => {
    const value = (event as Record<string, unknown>)[field]
    if (!Array.isArray(wanted)) return matches(wanted, value)
    const values = Array.isArray(value) ? value : [value]
    return values.some((each) => wanted.includes(each as Scalar))
  })
}
