/** The errors of a boot that the person at the keyboard can mend: their message says all, a stack trace nothing. */
import { DatabaseUnusable } from './database/errors.ts'
import { PortInUse } from './gateway.ts'
import { StateUnusable } from './store.ts'
import { TemplateError } from './template/template.ts'

const USER_ERRORS = [DatabaseUnusable, PortInUse, StateUnusable, TemplateError]

export function isUserError(error: unknown): error is Error {
  return USER_ERRORS.some((type) => error instanceof type)
}
