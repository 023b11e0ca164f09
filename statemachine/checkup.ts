/**
 * The answer of `export-chunk` to `carryout doctor`: whether it reaches everything that an export needs from its
 * network.
 */

/** Sent to the function instead of an event of the state machine. */
export interface CheckupEvent {
  checkup: {
    /** An execution's ARN, which need not exist: describing it shows whether Step Functions can be reached. */
    execution: string
  }
}

export interface Reached {
  ok: true
  millis: number
}

export interface NotReached {
  ok: false
  millis: number
  /** The error's name: `TimeoutError`, `AccessDeniedException`, `DatabaseUnavailable`… */
  error: string
  /** One sentence, without secrets. */
  message: string
}

export interface DatabaseFacts {
  /** As the server reports it. */
  version: string
  /** `carryout@%` */
  account: string
  /** The selected schema; null if there is none. */
  schema: string | null
  /** How many tables and views of the schema are visible to the account. */
  tables: number
  /** Privileges granted to the account directly, not through roles: `SELECT`, `INSERT`, … */
  privileges: string[]
}

export interface Checkup {
  storage: Reached | NotReached
  stepFunctions: Reached | NotReached
  /** Null if no secret is needed. */
  secret: Reached | NotReached | null
  database: (Reached & { facts: DatabaseFacts }) | NotReached
  /** The number of exports in the deployed catalogue. */
  exports: number
}
