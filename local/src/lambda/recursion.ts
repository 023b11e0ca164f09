/**
 * Lambda's detection of loops: the SDK hands a function's trace on with what it sends, the queue keeps it with the message,
 * and each call counts the function in it. What was called too often by what it sent itself is not called any more.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
import { createHash, randomBytes } from 'node:crypto'

/** “Approximately 16 times”. */
const MOST_CALLS = 16

/** Whether a message with this trace would be one call of the function too many. */
export function isLoop(trace: string | undefined, functionArn: string): boolean {
  return (callsIn(trace).get(markOf(functionArn)) ?? 0) >= MOST_CALLS
}

/** The trace of a call, as the function finds it in `_X_AMZN_TRACE_ID`. @param now epoch milliseconds */
export function traceOfCall(before: string | undefined, functionArn: string, now: number): string {
  const root =
    fieldsOf(before).get('Root') ?? `1-${Math.floor(now / 1000).toString(16)}-${randomBytes(12).toString('hex')}`
  const calls = callsIn(before)
  const mark = markOf(functionArn)
  calls.set(mark, (calls.get(mark) ?? 0) + 1)
  const lineage = [...calls].map(([name, count]) => `${name}:${count}`).join('|')
  return `Root=${root};Parent=${randomBytes(8).toString('hex')};Sampled=0;Lineage=${lineage}`
}

/** How often each function was called, by its mark. */
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
