/**
 * The parts of Lambda's REST API that run and describe functions.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
import { randomUUID } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { AwsError, type Handler, sendJson } from '../protocol.ts'
import { type FunctionDefinition, logGroupOf } from './definition.ts'
import { type Lambda, TooManyRequests } from './port.ts'

const REQUEST_BYTES = { RequestResponse: 6 * 1024 * 1024, Event: 1024 * 1024, DryRun: 6 * 1024 * 1024 }
const ACCOUNT_SETTINGS = '/2016-08-19/account-settings'
/** AWS's default per region. */
const CONCURRENT_EXECUTIONS = 1000
const PATH = /^\/2015-03-31\/functions(?:\/(?:([^/]+)(?:\/(invocations|configuration))?)?)?$/

type Call = { lambda: Lambda; name: string; request: IncomingMessage; response: ServerResponse }

export function restApi({ lambda }: { lambda: Lambda }): Handler {
  return async (request, response) => {
    response.setHeader('x-amzn-requestid', randomUUID())
    try {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
      const match = PATH.exec(pathname)
      const [, encodedName, part] = match ?? []
      const qualifier = searchParams.get('Qualifier')
      const name =
        encodedName === undefined ? undefined : decodeURIComponent(encodedName) + (qualifier ? `:${qualifier}` : '')
      const call = { lambda, name: name ?? '', request, response }
      if (name !== undefined && request.method === 'POST' && part === 'invocations') await invoke(call)
      else if (pathname.replace(/\/$/, '') === ACCOUNT_SETTINGS && request.method === 'GET') {
        sendJson(response, 200, accountSettings(lambda))
      } else if (match && request.method === 'GET' && part === undefined) read(call, name)
      else if (name !== undefined && request.method === 'GET' && part === 'configuration') {
        sendJson(response, 200, configurationOf(lambda.getFunction(name)))
      } else
        throw new AwsError(
          'UnknownOperationException',
          `The local cloud does not know ${request.method} ${pathname}.`,
          404,
        )
    } catch (error) {
      sendLambdaError(response, error)
    }
  }
}

function read({ lambda, response }: Call, name: string | undefined) {
  if (name === undefined) {
    sendJson(response, 200, { Functions: lambda.listFunctions().map(configurationOf) })
    return
  }
  const definition = lambda.getFunction(name)
  const reserved = definition.reservedConcurrency
  sendJson(response, 200, {
    Configuration: configurationOf(definition),
    Code: { RepositoryType: 'S3' },
    ...(reserved !== undefined && { Concurrency: { ReservedConcurrentExecutions: reserved } }),
  })
}

async function invoke({ lambda, name, request, response }: Call) {
  const type = String(request.headers['x-amz-invocation-type'] ?? 'RequestResponse')
  if (type !== 'RequestResponse' && type !== 'Event' && type !== 'DryRun') {
    throw new AwsError(
      'InvalidParameterValueException',
      `InvocationType “${type}” is none of RequestResponse, Event, DryRun.`,
    )
  }
  const body = await buffer(request)
  if (body.length > REQUEST_BYTES[type]) {
    throw new AwsError(
      'RequestTooLargeException',
      `Request must be smaller than ${REQUEST_BYTES[type]} bytes for the InvokeFunction operation`,
      413,
    )
  }
  const payload = body.length === 0 ? '{}' : body.toString()
  expectJson(payload)
  lambda.getFunction(name)
  if (type === 'DryRun') {
    response.writeHead(204).end()
    return
  }
  const requestId = String(response.getHeader('x-amzn-requestid'))
  if (type === 'Event') {
    lambda.invokeLater(name, payload, requestId)
    response.writeHead(202, { 'content-length': 0 }).end()
    return
  }
  const context = request.headers['x-amz-client-context']
  const clientContext = typeof context === 'string' ? Buffer.from(context, 'base64').toString() : undefined
  if (clientContext !== undefined) expectJson(clientContext)
  const result = await lambda.invoke(name, payload, {
    requestId,
    ...(clientContext !== undefined && { clientContext }),
  })
  response.setHeader('x-amz-executed-version', result.executedVersion)
  if (result.functionError) response.setHeader('x-amz-function-error', result.functionError)
  if (request.headers['x-amz-log-type'] === 'Tail') {
    response.setHeader('x-amz-log-result', Buffer.from(result.logTail).toString('base64'))
  }
  const bytes = Buffer.from(result.payload)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length }).end(bytes)
}

function expectJson(text: string) {
  try {
    JSON.parse(text)
  } catch (error) {
    throw new AwsError(
      'InvalidRequestContentException',
      `Could not parse request body into json: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

/** @see https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html */
function accountSettings(lambda: Lambda) {
  const functions = lambda.listFunctions()
  const reserved = functions.reduce((sum, { reservedConcurrency = 0 }) => sum + reservedConcurrency, 0)
  return {
    AccountLimit: {
      ...{ TotalCodeSize: 80_530_636_800, CodeSizeUnzipped: 262_144_000, CodeSizeZipped: 52_428_800 },
      ConcurrentExecutions: CONCURRENT_EXECUTIONS,
      UnreservedConcurrentExecutions: CONCURRENT_EXECUTIONS - reserved,
    },
    AccountUsage: { TotalCodeSize: 0, FunctionCount: functions.length },
  }
}

/** Returns the size of the files; AWS returns that of the archive. */
function codeSize(directory: string): number {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}

function configurationOf(definition: FunctionDefinition) {
  return {
    FunctionName: definition.name,
    FunctionArn: definition.arn,
    Runtime: 'nodejs24.x',
    Handler: definition.handler,
    CodeSize: codeSize(definition.codeDirectory),
    Timeout: definition.timeoutSeconds,
    MemorySize: definition.memoryMB,
    Environment: { Variables: definition.environment },
    Version: '$LATEST',
    PackageType: 'Zip',
    State: 'Active',
    LastUpdateStatus: 'Successful',
    ...(definition.network && {
      VpcConfig: {
        SubnetIds: definition.network.subnetIds,
        SecurityGroupIds: definition.network.securityGroupIds,
        VpcId: 'vpc-local',
      },
    }),
    LoggingConfig: { LogFormat: 'Text', LogGroup: logGroupOf(definition) },
  }
}

function sendLambdaError(response: ServerResponse, error: unknown) {
  const known = error instanceof AwsError ? error : new AwsError('ServiceException', String(error), 500)
  response.setHeader('x-amzn-errortype', known.code)
  const body = { Type: known.status < 500 ? 'User' : 'Service', message: known.message, Message: known.message }
  sendJson(response, known.status, error instanceof TooManyRequests ? { ...body, Reason: error.reason } : body)
}
