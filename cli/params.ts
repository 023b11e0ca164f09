import { InvalidRequest } from '../statemachine/errors.ts'
import { UsageError } from '../terminal/usage-error.ts'

/** Parses an export's parameters from the command line. @throws UsageError, InvalidRequest */
export function parseParams(text = '{}'): Record<string, unknown> {
  const example = `Write a JSON object in single quotes: --params '{"from":"2026-01-01"}'.`
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UsageError(`--params is not JSON: ${(error as Error).message}. ${example}`, { cause: error })
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new InvalidRequest(`--params must be a JSON object. ${example}`)
  }
  return value as Record<string, unknown>
}
