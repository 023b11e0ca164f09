/**
 * The one home of AWS's clients. By themselves they wait for ever: for a connection that no route leads to, for an answer that
 * does not come. Here no call takes longer than the function that makes it can afford.
 */

export interface CallLimits {
  /** Of one attempt: until the answer begins, and between two parts of it. */
  attemptMillis: number
  /** The first included. */
  attempts: number
}

export const limits = {
  /** Step Functions, Secrets Manager: they answer within some 50 ms. */
  call: { attemptMillis: 4_000, attempts: 3 },
  /** The table, which answers within milliseconds; `start` may ask it twice after its deadline. */
  table: { attemptMillis: 1_500, attempts: 2 },
  /** `start` hands its message back in what is then left of its time. */
  handBack: { attemptMillis: 2_000, attempts: 3 },
  /** Whether an execution still runs, which is asked again every two seconds anyway. */
  look: { attemptMillis: 1_500, attempts: 1 },
  /** Patient, since a message that was published without an answer would be published twice. */
  publish: { attemptMillis: 8_000, attempts: 3 },
  /** Another function: cold, in a VPC, before a database that does not answer. `start` ends it at its deadline. */
  invoke: { attemptMillis: 45_000, attempts: 1 },
  /** A part of a chunk. All attempts fit into the minute that `export-chunk` keeps for the last one. */
  upload: { attemptMillis: 25_000, attempts: 2 },
  /** Composing copies 128 MiB or some more in one call, and must notice a silent one within what `finish` keeps back. */
  compose: { attemptMillis: 120_000, attempts: 2 },
  /** The Data API lets a statement run for 45 seconds. */
  statement: { attemptMillis: 60_000, attempts: 3 },
} as const satisfies Record<string, CallLimits>

/** Far longer than a connection within a region takes; an address without a route never answers. */
const CONNECT_MILLIS = 2_000

/** What an SDK client takes. Without the last option of the handler it only warns of a late answer, and waits on. */
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
