/** No database can be provided as requested; the message says why and what to do, and never contains a password. */
export class DatabaseUnusable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DatabaseUnusable'
  }
}

/** A server program was found but does not run here; another one may. */
export class ServerFailed extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ServerFailed'
  }
}

/**
 * Returns the error code of Node or mysql2 (`ECONNREFUSED`, `ER_BAD_DB_ERROR`), or an empty string. It does not use
 * `instanceof`, because Node's own errors come from another realm if a test framework gives each file its own.
 */
export function codeOf(error: unknown): string {
  return textOf(error, 'code') ?? ''
}

export function messageOf(error: unknown): string {
  return textOf(error, 'message') ?? String(error)
}

function textOf(error: unknown, name: 'code' | 'message'): string | undefined {
  if (typeof error !== 'object' || error === null || !(name in error)) return undefined
  const value = (error as Record<typeof name, unknown>)[name]
  return typeof value === 'string' ? value : undefined
}
