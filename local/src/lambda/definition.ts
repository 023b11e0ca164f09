/** What the local cloud knows of a function, as the template says it. */
export interface FunctionDefinition {
  name: string
  arn: string
  /** The bundled asset. */
  codeDirectory: string
  /** `index.handler` */
  handler: string
  environment: Record<string, string>
  memoryMB: number
  timeoutSeconds: number
  /** No limit by default. */
  reservedConcurrency?: number
  /** Whether it may be called again and again by what it sends itself; by default it is stopped. */
  mayLoop?: boolean
  /** `/aws/lambda/<name>` by default. */
  logGroup?: string
  /** What it signs with; by default the keys that may do everything. */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken: string }
  /** Its execution role. */
  roleArn?: string
  /** Where it would run; a laptop has no VPC. */
  network?: { subnetIds: string[]; securityGroupIds: string[] }
  /** A queue's or topic's, for events that failed. */
  deadLetterArn?: string
  /** Of asynchronous invocations. */
  asynchronous?: { maximumRetryAttempts?: number; maximumEventAgeSeconds?: number; onFailureArn?: string }
}

export function logGroupOf(definition: FunctionDefinition): string {
  return definition.logGroup ?? `/aws/lambda/${definition.name}`
}

/** Everything that a function finds in `process.env`, and nothing of the laptop's own. */
export function environmentOf(
  definition: FunctionDefinition,
  { region, endpointUrl, logStream }: { region: string; endpointUrl: string; logStream: string },
): Record<string, string> {
  return {
    // First, because a function may set them itself; the ones below are reserved.
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    AWS_ENDPOINT_URL: endpointUrl,
    ...definition.environment,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: definition.credentials?.accessKeyId ?? 'local',
    AWS_SECRET_ACCESS_KEY: definition.credentials?.secretAccessKey ?? 'local',
    AWS_SESSION_TOKEN: definition.credentials?.sessionToken ?? 'local',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMB),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: logGroupOf(definition),
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    LAMBDA_TASK_ROOT: definition.codeDirectory,
    _HANDLER: definition.handler,
  }
}
