/**
 * Lambda's loop detection. The SDK adds a function's trace to what it sends, the queue keeps it with the message, and
 * each call increments the function's count in it. A function that was called too often by its own messages is no
 * longer called.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
import { createHash, randomBytes } from 'node:crypto'

/** AWS says “approximately 16 times”. */
const MOST_CALLS = 16

/** Whether calling the function with this trace would exceed the limit. */
export function isLoop(trace: string | undefined, functionArn: string): boolean {
  return (callsIn(trace).get(markOf(functionArn)) ?? 0) >= MOST_CALLS
}

/** Returns the trace of a call, which the function finds in `_X_AMZN_TRACE_ID`. @param now epoch milliseconds */
export function traceOfCall(before: string | undefined, functionArn: string, now: number): string {
  const root =
    fieldsOf(before).get('Root') ?? `1-${Math.floor(now / 1000).toString(16)}-${randomBytes(12).toString('hex')}`
  const calls = callsIn(before)
  const mark = markOf(functionArn)
  calls.set(mark, (calls.get(mark) ?? 0) + 1)
  const lineage = [...calls].map(([name, count]) => `${name}:${count}`).join('|')
  return `Root=${root};Parent=${randomBytes(8).toString('hex')};Sampled=0;Lineage=${lineage}`
}

/** Returns how often each function was called, by its mark. */
function callsIn(trace: string | undefined): Map<string, number> {
  const lineage = fieldsOf(trace).get('Lineage') ?? ''
  const marks = lineage.split('|').flatMap((each) => {
    const [, mark, count] = /^([0-9a-f]{8}):(\d+)$/.exec(each) ?? []
    return mark === undefined ? [] : [[mark, Number(count)] as const]
  })
  return new Map(marks)
}

function fieldsOf(trace = ''): Map<string, string> {
  return new Map(trace.split(';').map((field) => field.split('=', 2) as [string, string]))
}

function markOf(functionArn: string): string {
  return createHash('sha256').update(functionArn).digest('hex').slice(0, 8)
}
