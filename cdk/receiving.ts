/** How messages are received from the queue of requests, whether it is created or passed in. */
import { LONGEST_INVOCATION } from './settings.ts'

/**
 * `start` returns the head message while no slot is free, and each time counts as a failed receive. The count must end
 * before the retention does: a message that exceeds the count is dead-lettered, one that expires would vanish.
 */
export const MAX_RECEIVE_COUNT = 1000

/**
 * Six times the function's timeout, as Lambda recommends, so that a throttled batch is not delivered again in the
 * meantime.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export const VISIBILITY_SECONDS = LONGEST_INVOCATION.toSeconds() * 6
