/** A function of the template. */
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
  /** Whether messages that it sends may keep calling it; by default such a loop is stopped. */
  mayLoop?: boolean
  /** `/aws/lambda/<name>` by default. */
  logGroup?: string
  /** The credentials it signs with; by default those that may do everything. */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken: string }
  /** Its execution role. */
  roleArn?: string
  /** The network on AWS; a laptop has no VPC. */
  network?: { subnetIds: string[]; securityGroupIds: string[] }
  /** ARN of a queue or topic for failed events. */
  deadLetterArn?: string
  /** Settings of asynchronous invocations. */
  asynchronous?: { maximumRetryAttempts?: number; maximumEventAgeSeconds?: number; onFailureArn?: string }
}

export function logGroupOf(definition: FunctionDefinition): string {
  return definition.logGroup ?? `/aws/lambda/${definition.name}`
}

/** Returns everything in the function's `process.env`, without variables of the laptop. */
export function environmentOf(
  definition: FunctionDefinition,
  { region, endpointUrl, logStream }: { region: string; endpointUrl: string; logStream: string },
): Record<string, string> {
  return {
    // First, because a function may override them; the ones below are reserved.
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
