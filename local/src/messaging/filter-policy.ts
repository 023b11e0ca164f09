/**
 * Evaluates a subscription's filter policy for a notification.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering.html
 */
import { type EventPattern, matches } from '../patterns.ts'
import type { Attributes, Subscription } from './fauxqs.ts'

export function passes({ attributes: own }: Subscription, message: string, attributes: Attributes): boolean {
  if (!own.FilterPolicy) return true
  const policy = normal(JSON.parse(own.FilterPolicy))
  if (own.FilterPolicyScope === 'MessageBody') {
    const body = parsed(message)
    return typeof body === 'object' && body !== null && !Array.isArray(body) && matches(policy, body)
  }
  const values = Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [name, valuesOf(attribute)]))
  // A message without attributes matches no policy, not even one that requires an attribute's absence.
  return Object.keys(values).length > 0 && matches(policy, values)
}

/** Normalizes a policy, which may have a single value instead of a list. */
function normal(policy: Record<string, unknown>): EventPattern {
  return Object.fromEntries(
    Object.entries(policy).map(([key, wanted]) => [
      key,
      wanted === null || typeof wanted !== 'object' ? [wanted] : wanted,
    ]),
  ) as EventPattern
}

/** Returns an attribute's values; one matching element of a list suffices. */
function valuesOf({ DataType, StringValue = '' }: Attributes[string]): unknown {
  if (DataType === 'Number' || DataType.startsWith('Number.')) return Number(StringValue)
  if (DataType !== 'String.Array') return StringValue
  const list = parsed(StringValue)
  return Array.isArray(list) ? list : StringValue
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
