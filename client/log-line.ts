/** Parses a function's log line for display. */

/** What a function logged, read from its JSON. */
export interface ReadLine {
  level: string
  message: string
  /** The line's other fields, by name. */
  fields: Record<string, unknown>
}

/** Fields that every line has, and those that carry no information. */
const PASSED_OVER = new Set([
  'level',
  'message',
  'timestamp',
  'service',
  'sampling_rate',
  'xray_trace_id',
  'cold_start',
])

/** @returns undefined if the line is not from Powertools but from Lambda or a library */
export function readLogLine(message: string): ReadLine | undefined {
  try {
    const value = JSON.parse(message) as Record<string, unknown> | null
    if (value?.level === undefined) return undefined
    const fields = Object.entries(value).filter(([name]) => !PASSED_OVER.has(name) && !name.startsWith('function_'))
    return { level: String(value.level), message: String(value.message), fields: Object.fromEntries(fields) }
  } catch {
    return undefined
  }
}
