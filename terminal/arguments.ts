/** What the command and the scripts share in parsing arguments with commander. */
import { CommanderError, InvalidArgumentError } from 'commander'
import { UsageError } from './usage-error.ts'

/** Refuses a value that looks like an option, which means that the value was forgotten. */
export function text(value: string): string {
  if (value.startsWith('--')) throw new InvalidArgumentError('It needs a value.')
  return value
}

/** Returns commander's error as one sentence; undefined if it only printed what was requested. */
export function usageErrorOf(error: unknown): UsageError | undefined {
  if (!(error instanceof CommanderError) || error.exitCode === 0 || error.code === 'commander.help') return undefined
  const sentence = error.message
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim()
  const capital = `${sentence[0]?.toUpperCase()}${sentence.slice(1)}`
  return new UsageError(/[.?)]$/.test(capital) ? capital : `${capital}.`, { cause: error })
}
