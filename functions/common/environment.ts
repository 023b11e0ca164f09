/**
 * The names of the functions' environment variables: set by the constructs in cdk/, read by the handlers, never typed
 * a third time.
 */
export const env = {
  /** What the names of the stack's parts begin with; metrics are told apart by it. */
  NAME: 'CARRYOUT_NAME',
  BUCKET: 'CARRYOUT_BUCKET',
  TOPIC_ARN: 'CARRYOUT_TOPIC_ARN',
  QUEUE_URL: 'CARRYOUT_QUEUE_URL',
  /** The table of requests and facts. */
  TABLE: 'CARRYOUT_TABLE',
  STATE_MACHINE_ARN: 'CARRYOUT_STATE_MACHINE_ARN',
  /** How many queries the database sees at once, at most. */
  MAX_CONCURRENT_QUERIES: 'CARRYOUT_MAX_CONCURRENT_QUERIES',
  /** After so many receives a request lies in the dead-letter queue. */
  MAX_RECEIVES: 'CARRYOUT_MAX_RECEIVES',
  /** The functions that `start` calls in an outage of the database. */
  EXPORT_CHUNK_FUNCTION: 'CARRYOUT_EXPORT_CHUNK_FUNCTION',
  NOTIFY_FUNCTION: 'CARRYOUT_NOTIFY_FUNCTION',
  /** How many executions may run at once. */
  MAX_RUNNING: 'CARRYOUT_MAX_RUNNING',
  /** An Aurora cluster's, which the RDS Data API reads; else there are host, port and TLS. */
  DATABASE_CLUSTER_ARN: 'CARRYOUT_DATABASE_CLUSTER_ARN',
  DATABASE_HOST: 'CARRYOUT_DATABASE_HOST',
  DATABASE_PORT: 'CARRYOUT_DATABASE_PORT',
  DATABASE_NAME: 'CARRYOUT_DATABASE_NAME',
  /** `required` verifies the server's certificate; `off` is plain text. */
  DATABASE_TLS: 'CARRYOUT_DATABASE_TLS',
  /** The name that the certificate bears, where it is not the host's. */
  DATABASE_TLS_SERVER_NAME: 'CARRYOUT_DATABASE_TLS_SERVER_NAME',
  /** The certificate authority, PEM, beside the function's code; else a secret has it, or Amazon's and Node's own are trusted. */
  DATABASE_CA_FILE: 'CARRYOUT_DATABASE_CA_FILE',
  DATABASE_CA_SECRET_ARN: 'CARRYOUT_DATABASE_CA_SECRET_ARN',
  /** The account of IAM authentication; else the secret names one. */
  DATABASE_USER: 'CARRYOUT_DATABASE_USER',
  /** The secret holds `{ "username": …, "password": … }`, as RDS writes it; also `clientCertificate` and `clientKey`, if need be. */
  DATABASE_SECRET_ARN: 'CARRYOUT_DATABASE_SECRET_ARN',
  /** The session's time zone, which TIMESTAMP columns are shown in, and the day in a file's name; as `+09:00`. */
  DATABASE_TIME_ZONE: 'CARRYOUT_DATABASE_TIME_ZONE',
  /**
   * `whole` logs what the database or a `row` function says of an error as it is, values included: for an author's own database.
   * No error has them.
   */
  DATABASE_ERRORS: 'CARRYOUT_DATABASE_ERRORS',
  /** How long one chunk may take; 0 is as long as the function has. */
  CHUNK_BUDGET_SECONDS: 'CARRYOUT_CHUNK_BUDGET_SECONDS',
  /** The function URL that turns a link into the file. */
  LINK_URL: 'CARRYOUT_LINK_URL',
  /** The secret that links are signed with. */
  LINK_SECRET_ARN: 'CARRYOUT_LINK_SECRET_ARN',
  /** How long a link opens; never longer than the file is kept. */
  LINK_SECONDS: 'CARRYOUT_LINK_SECONDS',
  /** The web app's own page, which mails lead to in place of a link. */
  LINK_BASE_URL: 'CARRYOUT_LINK_BASE_URL',
  /** How long a file is kept. */
  FILE_SECONDS: 'CARRYOUT_FILE_SECONDS',
  /** `on` where the requester gets a mail of their own; `off` where the topic's mail has the link. */
  REQUESTER_MAIL: 'CARRYOUT_REQUESTER_MAIL',
  /** How many of the topic's subscriptions are the stack's own queues. */
  OWN_SUBSCRIPTIONS: 'CARRYOUT_OWN_SUBSCRIPTIONS',
  OPERATOR_LANGUAGE: 'CARRYOUT_OPERATOR_LANGUAGE',
  /** Of the `carryout` command in operators' mails: the options by which it finds the stack. */
  COMMAND_OPTIONS: 'CARRYOUT_COMMAND_OPTIONS',
  /** Where operators open the console; absent where it is mounted nowhere. */
  CONSOLE_URL: 'CARRYOUT_CONSOLE_URL',
  /** The sender of requesters' mails. */
  MAIL_FROM: 'CARRYOUT_MAIL_FROM',
  MAIL_CONFIGURATION_SET: 'CARRYOUT_MAIL_CONFIGURATION_SET',
  /** Of times in requesters' mails, where a request names none. */
  MAIL_TIME_ZONE: 'CARRYOUT_MAIL_TIME_ZONE',
  WEBHOOK_URL: 'CARRYOUT_WEBHOOK_URL',
  WEBHOOK_SECRET_ARN: 'CARRYOUT_WEBHOOK_SECRET_ARN',
  /** Whose messages a function makes wait before they are tried again. */
  RETRY_QUEUE_URL: 'CARRYOUT_RETRY_QUEUE_URL',
  /** After so many a message lies in the dead-letter queue. */
  RETRY_ATTEMPTS: 'CARRYOUT_RETRY_ATTEMPTS',
} as const

/**
 * For Node, where rows stream for minutes: they leave next to nothing behind, but over millions of them V8 comes to give its young
 * generation 64 MB. It is no faster for it (docs/performance.md).
 */
export const STREAMING_NODE_OPTIONS = '--max-semi-space-size=4'
