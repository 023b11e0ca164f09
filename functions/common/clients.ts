/**
 * The limits of all AWS clients. By default they wait forever: for a connection without a route, or for a missing
 * response. With these limits no call takes longer than its function can afford.
 */

export interface CallLimits {
  /** Limit of one attempt: until the response begins, and between two parts of it. */
  attemptMillis: number
  /** Including the first. */
  attempts: number
}

export const limits = {
  /** Step Functions and Secrets Manager, which respond within about 50 ms. */
  call: { attemptMillis: 4_000, attempts: 3 },
  /** The table, which responds within milliseconds. `start` may read it twice after its deadline. */
  table: { attemptMillis: 1_500, attempts: 2 },
  /** `start` returns its message in the time that is then left. */
  handBack: { attemptMillis: 2_000, attempts: 3 },
  /** Checks whether an execution still runs. It is repeated every two seconds anyway. */
  look: { attemptMillis: 1_500, attempts: 1 },
  /** Patient, because a message that was published without a response would be published twice. */
  publish: { attemptMillis: 8_000, attempts: 3 },
  /**
   * A call of another function, which may start cold, in a VPC, with a database that does not respond. `start` ends it
   * at its deadline.
   */
  invoke: { attemptMillis: 45_000, attempts: 1 },
  /** The upload of a chunk's part. All attempts fit into the minute that `export-chunk` reserves for the last part. */
  upload: { attemptMillis: 25_000, attempts: 2 },
  /**
   * Composing copies 128 MiB or more in one call. A call without a response must be noticed within the time that
   * `finish` reserves.
   */
  compose: { attemptMillis: 120_000, attempts: 2 },
  /** The Data API, which lets a statement run for 45 seconds. */
  statement: { attemptMillis: 60_000, attempts: 3 },
} as const satisfies Record<string, CallLimits>

/** Far longer than a connection within a region takes. An address without a route never answers. */
const CONNECT_MILLIS = 2_000

/**
 * Returns the configuration of an SDK client. Without the handler's last option it would only warn of a late response
 * and keep waiting.
 */
function clientConfig({ attemptMillis, attempts }: CallLimits) {
  return {
    maxAttempts: attempts,
    requestHandler: {
      connectionTimeout: Math.min(CONNECT_MILLIS, attemptMillis),
      requestTimeout: attemptMillis,
      socketTimeout: attemptMillis,
      throwOnRequestTimeout: true,
    },
  }
}

export function connect<Client>(
  Service: new (config: ReturnType<typeof clientConfig>) => Client,
  within: CallLimits,
): Client {
  return new Service(clientConfig(within))
}
