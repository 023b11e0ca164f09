/** What `export-chunk` tells `carryout doctor`: whether it reaches, from where it runs, all that an export needs. */

/** In place of an event of the state machine. */
export interface CheckupEvent {
  checkup: {
    /** An execution's ARN, which need not exist: asking for it shows whether Step Functions can be reached. */
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
  /** As the server says it. */
  version: string
  /** `carryout@%` */
  account: string
  /** Undefined where none is chosen. */
  schema: string | null
  /** Tables and views of the schema that the account sees. */
  tables: number
  /** What it was granted itself, not through roles: `SELECT`, `INSERT`… */
  privileges: string[]
}

export interface Checkup {
  storage: Reached | NotReached
  stepFunctions: Reached | NotReached
  /** Null where no secret is needed. */
  secret: Reached | NotReached | null
  database: (Reached & { facts: DatabaseFacts }) | NotReached
  /** How many exports the deployed catalogue has. */
  exports: number
}
