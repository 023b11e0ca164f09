/** How the queue of requests is received from, be it made or brought. */
import { LONGEST_INVOCATION } from './settings.ts'

/**
 * `start` hands the head message back while no slot is free, and each time counts as a receive that failed. So the
 * count only has to end before the retention does: what it counts out is dead-lettered, what expires would vanish.
 */
export const MAX_RECEIVE_COUNT = 1000

/**
 * What Lambda asks for, so that a throttled batch is not delivered again meanwhile.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export const VISIBILITY_SECONDS = LONGEST_INVOCATION.toSeconds() * 6
