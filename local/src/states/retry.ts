/** The rules of Retry: which one matches, and its delay. */
import type { Retrier } from './definition.ts'
import { matches } from './errors.ts'

/**
 * @param counts retries so far per rule, which are counted separately
 * @returns undefined if no rule matches, or the matching one is used up; later rules are then not considered
 * @see https://states-language.net/spec.html#retrying-after-error
 */
export function nextRetry(
  rules: Retrier[],
  error: string | undefined,
  counts: number[],
  random: () => number = Math.random,
): { retries: number[]; delayMillis: number } | undefined {
  const index = rules.findIndex((rule) => matches(rule.ErrorEquals, error))
  const rule = rules[index]
  if (!rule) return undefined
  const count = counts[index] ?? 0
  if (count >= (rule.MaxAttempts ?? 3)) return undefined
  const backoff = (rule.IntervalSeconds ?? 1) * (rule.BackoffRate ?? 2) ** count
  const seconds = Math.min(backoff, rule.MaxDelaySeconds ?? Number.MAX_SAFE_INTEGER)
  const jitter = rule.JitterStrategy === 'FULL' ? random() : 1
  return {
    retries: rules.map((_, i) => (counts[i] ?? 0) + (i === index ? 1 : 0)),
    delayMillis: Math.round(seconds * jitter * 1000),
  }
}
