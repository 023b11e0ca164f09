/** The options of the local cloud. */
import type { Database } from './database/database.ts'
import type { Handler } from './protocol.ts'
import type { RdsData } from './rds-data/rds-data.ts'
import type { Secrets } from './services/secrets.ts'
import type { Doubts } from './states/service.ts'
import type { StackTemplate } from './template/assembly.ts'

export interface CloudOptions {
  /** Where all state is stored. Only one local cloud may use it at a time. */
  stateDirectory: string
  /** The port on 127.0.0.1; 0 lets the system choose. */
  port: number
  /** The directory of a synthesized cloud assembly, or a function that creates one while the database starts. */
  assembly: string | ((signal: AbortSignal | undefined) => Promise<string>)
  /** `mysql://user:password@host:port/database`; by default a throwaway server. */
  databaseUrl?: string | undefined
  /**
   * A throwaway server's product: `mysql`, `mariadb`, or one with a version (`mysql-9`); by default whichever needs the
   * smallest download.
   */
  databaseProduct?: string | undefined
  /** The schema, unless `databaseUrl` has one, or a function that finds it in the assembly. */
  database: string | ((stacks: StackTemplate[]) => string)
  /** Called as soon as the database accepts connections, while everything else still boots. */
  onDatabase?: ((database: Database) => void) | undefined
  region?: string | undefined
  /** Adjusts functions' variables to the laptop's services; by default they stay unchanged. */
  environment?: ((services: LaptopServices) => FunctionEnvironment) | undefined
  /** Directory of Node's compiled code of the functions; by default in the state directory. */
  compileCache?: string | undefined
  /** Imports what makes further pages, such as an operator's console, which are made once there is an assembly. */
  site?: (() => Promise<MakeSite>) | undefined
  /** Factor for the state machine's Wait and Retry delays; less than 1 in tests. */
  delayScale?: number | undefined
  /** Which doubtful behaviours of AWS Step Functions has; for tests. */
  doubts?: Doubts | undefined
  /** The maximum number of events in an execution's history; AWS's 25,000 by default. */
  eventLimit?: number | undefined
  /** Called with a sentence whenever something takes time. */
  onProgress?: ((line: string) => void) | undefined
  /** Aborts the boot. */
  signal?: AbortSignal | undefined
}

export type MakeSite = (place: { endpointUrl: string; region: string }) => Site

/** Pages beside the local cloud's own. */
export interface Site {
  /** Handles the other paths below `/_carryout/`. */
  handler: Handler
  /** The cookie in which they keep the reader's language (`en` or `ja`), which the local cloud's pages then use as well. */
  languageCookie: string
}

/** The laptop's services from which a function's environment can be made. */
export interface LaptopServices {
  database: Database
  secrets: Pick<Secrets, 'bind'>
  rdsData: Pick<RdsData, 'bind'>
  endpointUrl: string
}

/** Converts a function's variables in the template to those on the laptop. */
export type FunctionEnvironment = (variables: Record<string, string>) => Record<string, string>
