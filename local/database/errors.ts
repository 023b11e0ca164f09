/** No database can be provided as asked; the message says why and what to do. Never holds a password. */
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

/** Node's and mysql2's error code (`ECONNREFUSED`, `ER_BAD_DB_ERROR`), or an empty string. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
