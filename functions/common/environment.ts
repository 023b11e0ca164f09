/**
 * The names of the functions' environment variables. The constructs in cdk/ set them and the handlers read them by
 * these constants.
 */
export const env = {
  /** The prefix of the names of the stack's parts, which also distinguishes its metrics. */
  NAME: 'CARRYOUT_NAME',
  BUCKET: 'CARRYOUT_BUCKET',
  TOPIC_ARN: 'CARRYOUT_TOPIC_ARN',
  QUEUE_URL: 'CARRYOUT_QUEUE_URL',
  /** The table of requests and facts. */
  TABLE: 'CARRYOUT_TABLE',
  STATE_MACHINE_ARN: 'CARRYOUT_STATE_MACHINE_ARN',
  /** The maximum number of queries that run on the database at once. */
  MAX_CONCURRENT_QUERIES: 'CARRYOUT_MAX_CONCURRENT_QUERIES',
  /** A request that was received this many times moves to the dead-letter queue. */
  MAX_RECEIVES: 'CARRYOUT_MAX_RECEIVES',
  /** The functions that `start` calls in an outage of the database. */
  EXPORT_CHUNK_FUNCTION: 'CARRYOUT_EXPORT_CHUNK_FUNCTION',
  NOTIFY_FUNCTION: 'CARRYOUT_NOTIFY_FUNCTION',
  /** How many executions may run at once. */
  MAX_RUNNING: 'CARRYOUT_MAX_RUNNING',
  /** The Aurora cluster that is read through the RDS Data API; otherwise host, port and TLS are set. */
  DATABASE_CLUSTER_ARN: 'CARRYOUT_DATABASE_CLUSTER_ARN',
  DATABASE_HOST: 'CARRYOUT_DATABASE_HOST',
  DATABASE_PORT: 'CARRYOUT_DATABASE_PORT',
  DATABASE_NAME: 'CARRYOUT_DATABASE_NAME',
  /** `required` verifies the server's certificate; `off` disables encryption. */
  DATABASE_TLS: 'CARRYOUT_DATABASE_TLS',
  /** The name in the server's certificate, if it is not the host's. */
  DATABASE_TLS_SERVER_NAME: 'CARRYOUT_DATABASE_TLS_SERVER_NAME',
  /**
   * The file with the certificate authority as PEM, beside the function's code. Otherwise a secret has it, or Amazon's
   * and Node's own are trusted.
   */
  DATABASE_CA_FILE: 'CARRYOUT_DATABASE_CA_FILE',
  DATABASE_CA_SECRET_ARN: 'CARRYOUT_DATABASE_CA_SECRET_ARN',
  /** The account for IAM authentication; otherwise the secret has the username. */
  DATABASE_USER: 'CARRYOUT_DATABASE_USER',
  /**
   * The secret with `{ "username": …, "password": … }`, in the format of RDS, and `clientCertificate` and `clientKey`
   * if needed.
   */
  DATABASE_SECRET_ARN: 'CARRYOUT_DATABASE_SECRET_ARN',
  /**
   * The session's time zone, in which TIMESTAMP columns are written, and which decides the day in a file's name:
   * `+09:00`.
   */
  DATABASE_TIME_ZONE: 'CARRYOUT_DATABASE_TIME_ZONE',
  /**
   * `whole` logs the complete errors of the database and of `row` functions, including values; only for an author's own
   * database. The errors themselves never contain values.
   */
  DATABASE_ERRORS: 'CARRYOUT_DATABASE_ERRORS',
  /** How long one chunk may take; 0 is as long as the function may run. */
  CHUNK_BUDGET_SECONDS: 'CARRYOUT_CHUNK_BUDGET_SECONDS',
  /** The function URL that opens links. */
  LINK_URL: 'CARRYOUT_LINK_URL',
  /** The secret with which links are signed. */
  LINK_SECRET_ARN: 'CARRYOUT_LINK_SECRET_ARN',
  /** How long a link works; never longer than the file is kept. */
  LINK_SECONDS: 'CARRYOUT_LINK_SECONDS',
  /** The web app's own page, to which mails link instead. */
  LINK_BASE_URL: 'CARRYOUT_LINK_BASE_URL',
  /** How long a file is kept. */
  FILE_SECONDS: 'CARRYOUT_FILE_SECONDS',
  /** `on` if the requester gets a mail of their own; `off` if the topic's mail has the link. */
  REQUESTER_MAIL: 'CARRYOUT_REQUESTER_MAIL',
  /** How many of the topic's subscriptions are the stack's own queues. */
  OWN_SUBSCRIPTIONS: 'CARRYOUT_OWN_SUBSCRIPTIONS',
  OPERATOR_LANGUAGE: 'CARRYOUT_OPERATOR_LANGUAGE',
  /** The options with which the `carryout` command in operators' mails finds the stack. */
  COMMAND_OPTIONS: 'CARRYOUT_COMMAND_OPTIONS',
  /** The URL of the console for operators; absent if it is not mounted. */
  CONSOLE_URL: 'CARRYOUT_CONSOLE_URL',
  /** The sender of requesters' mails. */
  MAIL_FROM: 'CARRYOUT_MAIL_FROM',
  MAIL_CONFIGURATION_SET: 'CARRYOUT_MAIL_CONFIGURATION_SET',
  /** The time zone of times in requesters' mails, if a request names none. */
  MAIL_TIME_ZONE: 'CARRYOUT_MAIL_TIME_ZONE',
  WEBHOOK_URL: 'CARRYOUT_WEBHOOK_URL',
  WEBHOOK_SECRET_ARN: 'CARRYOUT_WEBHOOK_SECRET_ARN',
  /** The queue whose messages a function delays before they are retried. */
  RETRY_QUEUE_URL: 'CARRYOUT_RETRY_QUEUE_URL',
  /** A message that was tried this many times moves to the dead-letter queue. */
  RETRY_ATTEMPTS: 'CARRYOUT_RETRY_ATTEMPTS',
} as const

/**
 * Node options for functions that stream rows for minutes. Almost nothing survives a batch, but over millions of rows
 * V8 grows its young generation to 64 MB without becoming faster (docs/performance.md).
 */
export const STREAMING_NODE_OPTIONS = '--max-semi-space-size=4'
