/** The names of the metrics that functions write and that alarms and the dashboard read. */

export const METRICS_NAMESPACE = 'Carryout'

/** Every metric has the dimension `stack`, and those that say so also `export` or `error`. */
export const DIMENSIONS = { stack: 'Stack', export: 'Export', error: 'Error' } as const

export const METRICS = {
  /** Seconds that the request at the head of the queue has waited, recorded each time that `start` receives it. */
  waiting: 'WaitingSeconds',
  /** Failed attempts to start an execution; the message is retried. */
  notStarted: 'NotStarted',
  /** Executions that were started. */
  started: 'Started',
  /** Downloads that are ready; also by export. */
  ready: 'Ready',
  /** Failures; also by export, and by error. */
  failed: 'Failed',
  cancelled: 'Cancelled',
  /** Rows of ready downloads; also by export. */
  rows: 'Rows',
  bytes: 'Bytes',
  /** Seconds from start to end; also by export. */
  duration: 'DurationSeconds',
  /** Mails that bounced, or whose recipients complained. */
  mailReturned: 'MailReturned',
  /** Links with an invalid signature. */
  forgedLinks: 'ForgedLinks',
  /** Valid links that have expired. */
  expiredLinks: 'ExpiredLinks',
  openedLinks: 'OpenedLinks',
  /** Failures that only the last line of defence announced. */
  announcedLate: 'AnnouncedLate',
  /** Confirmed subscriptions to the topic other than the stack's own queues; counted at each announcement. */
  subscribers: 'Subscribers',
} as const
export type MetricName = (typeof METRICS)[keyof typeof METRICS]
