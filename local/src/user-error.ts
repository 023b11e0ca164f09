/** Errors of a boot that the user can fix: the message suffices, without a stack trace. */
import { DatabaseUnusable } from './database/errors.ts'
import { isDiskFull } from './disk.ts'
import { PortInUse } from './gateway.ts'
import { StateUnusable } from './store.ts'
import { TemplateError } from './template/template.ts'

const USER_ERRORS = [DatabaseUnusable, PortInUse, StateUnusable, TemplateError]

export function isUserError(error: unknown): error is Error {
  return USER_ERRORS.some((type) => error instanceof type)
}

/**
 * Returns the message for an error that ends a running local cloud, or undefined for a fault of the local cloud itself,
 * where only a stack trace helps.
 */
export function explainFault(error: unknown, stateDirectory: string): string | undefined {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (isDiskFull(error)) {
    return `The disk with ${stateDirectory} is full, so the local cloud has ended. Make room and start it again: what ran goes on.`
  }
  if (code !== 'ERR_SQLITE_ERROR') return undefined
  return `The state directory ${stateDirectory} cannot be read any more (${message}), so the local cloud has ended. Start it again: it then says what is lost.`
}
