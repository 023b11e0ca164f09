/** A function's log line as people read it. */

/** What a function logged, read from its JSON. */
export interface ReadLine {
  level: string
  message: string
  /** What else the line says, by name. */
  fields: Record<string, unknown>
}

/** What every line has, and what only fills it. */
const PASSED_OVER = new Set([
  'level',
  'message',
  'timestamp',
  'service',
  'sampling_rate',
  'xray_trace_id',
  'cold_start',
])

/** @returns undefined where the line is not Powertools’ but Lambda’s own, or a library’s */
export function readLogLine(message: string): ReadLine | undefined {
  try {
    const value = JSON.parse(message) as Record<string, unknown> | null
    if (!value || typeof value !== 'object' || !('level' in value)) return undefined
    const fields = Object.entries(value).filter(([name]) => !PASSED_OVER.has(name) && !name.startsWith('function_'))
    return { level: String(value.level), message: String(value.message), fields: Object.fromEntries(fields) }
  } catch {
    return undefined
  }
}
