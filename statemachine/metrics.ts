/** The names of the metrics that functions count by and that alarms and the dashboard read. */

export const METRICS_NAMESPACE = 'Carryout'

/** Every metric has the first; `Export` or `Error` besides where it says so. */
export const DIMENSIONS = { stack: 'Stack', export: 'Export', error: 'Error' } as const

export const METRICS = {
  /** Seconds that the request at the head of the queue has waited; once for each time that `start` sees it. */
  waiting: 'WaitingSeconds',
  /** Attempts to start an execution that failed; the message is tried again. */
  notStarted: 'NotStarted',
  /** Executions that were started. */
  started: 'Started',
  /** Downloads that are ready; also by export. */
  ready: 'Ready',
  /** Failures; also by export, and by error. */
  failed: 'Failed',
  cancelled: 'Cancelled',
  /** Of ready downloads; also by export. */
  rows: 'Rows',
  bytes: 'Bytes',
  /** Seconds from the start to the end; also by export. */
  duration: 'DurationSeconds',
  /** Mails that came back, or whose recipients complained. */
  mailReturned: 'MailReturned',
  /** Links that were not signed by us. */
  forgedLinks: 'ForgedLinks',
  /** Links of ours that had ended. */
  expiredLinks: 'ExpiredLinks',
  openedLinks: 'OpenedLinks',
  /** Failures that only the last line of defence announced. */
  announcedLate: 'AnnouncedLate',
  /** Confirmed subscriptions to the topic besides the stack's own queues; once for each failure. */
  subscribers: 'Subscribers',
} as const
export type MetricName = (typeof METRICS)[keyof typeof METRICS]
