/** What the local cloud is started with. */
import type { Database } from './database/database.ts'
import type { Handler } from './protocol.ts'
import type { RdsData } from './rds-data/rds-data.ts'
import type { Secrets } from './services/secrets.ts'
import type { Doubts } from './states/service.ts'

export interface CloudOptions {
  /** Where everything is kept. One local cloud at a time. */
  stateDirectory: string
  /** Of 127.0.0.1; 0 lets the system choose. */
  port: number
  /** The directory of a synthesized cloud assembly, or what makes one while the database starts. */
  assembly: string | ((signal: AbortSignal | undefined) => Promise<string>)
  /** `mysql://user:password@host:port/database`; by default a throwaway server. */
  databaseUrl?: string | undefined
  /** A throwaway server's product: `mysql`, `mariadb`, or one with a version (`mysql-9`); by default what costs least. */
  databaseProduct?: string | undefined
  /** The schema, unless `databaseUrl` names one. */
  database: string
  region?: string | undefined
  /** How functions find what this laptop has in place of what the template names; by default their variables stay as they are. */
  environment?: ((services: LaptopServices) => FunctionEnvironment) | undefined
  /** Where Node keeps what it compiled of the functions; by default in the state directory. */
  compileCache?: string | undefined
  /** Answers what lies below `/_carryout/` beside the local cloud's own pages, such as an operator's console. */
  site?: ((place: { endpointUrl: string; region: string }) => Handler) | undefined
  /** What the state machine's Wait and Retry delays are multiplied by; less than 1 in tests of patient retries. */
  delayScale?: number | undefined
  /** Which of AWS's doubtful ways Step Functions has; for tests. */
  doubts?: Doubts | undefined
  /** How many events an execution's history may have; AWS's 25,000 by default. */
  eventLimit?: number | undefined
  /** Called with a sentence whenever something takes time. */
  onProgress?: ((line: string) => void) | undefined
  /** Gives up the boot. */
  signal?: AbortSignal | undefined
}

/** What a function's environment may be made of. */
export interface LaptopServices {
  database: Database
  secrets: Pick<Secrets, 'bind'>
  rdsData: Pick<RdsData, 'bind'>
  endpointUrl: string
}

/** From a function's variables as the template has them to those that it gets here. */
export type FunctionEnvironment = (variables: Record<string, string>) => Record<string, string>
