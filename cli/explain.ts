/** Converts an error to a message for the user (what happened, where, what to do) and an exit code. */
import { errors } from '../statemachine/errors.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { exit } from './exit.ts'

export interface Explanation {
  message: string
  code: number
}

/** Errors on a developer's machine, whose messages need no addition. */
const DEVELOPER = [
  'SynthFailed',
  'SeedFailed',
  'PortInUse',
  'StateUnusable',
  'DatabaseUnusable',
  'TemplateError',
  'NodeTooOld',
  'TryFailed',
  'NoLocalCloud',
  'InitFailed',
  'AppUnfit',
]

/** By error name, because there may be two copies of the client package. */
const codes: Record<string, number> = {
  ...Object.fromEntries(Object.keys(errors).map((name) => [name, exit.FAILED])),
  InvalidRequest: exit.USAGE,
  NoSuchExecution: exit.NOT_FOUND,
  NoFile: exit.NOT_FOUND,
  NotReplayable: exit.FAILED,
  Paused: exit.FAILED,
  NoTable: exit.FAILED,
  StackNotFound: exit.UNREACHABLE,
  PartMissing: exit.FAILED,
  ...Object.fromEntries(DEVELOPER.map((name) => [name, exit.FAILED])),
  Interrupted: exit.INTERRUPTED,
}

const CREDENTIALS =
  'Log in (aws sso login, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), or choose a profile with --profile.'
const ENDPOINT = 'Check AWS_ENDPOINT_URL, the region and the network; start the local cloud with npx carryout local.'

/** By the name of AWS's error. */
const aws: Record<string, (detail: string) => string> = {
  CredentialsProviderError: (detail) => `There are no AWS credentials: ${sentence(detail)} ${CREDENTIALS}`,
  ExpiredToken: () => `The AWS credentials have expired. ${CREDENTIALS}`,
  ExpiredTokenException: () => `The AWS credentials have expired. ${CREDENTIALS}`,
  InvalidClientTokenId: () => `AWS does not know these credentials. ${CREDENTIALS}`,
  UnrecognizedClientException: () => `AWS does not know these credentials. ${CREDENTIALS}`,
  SignatureDoesNotMatch: () => `AWS does not accept these credentials. ${CREDENTIALS}`,
  AccessDenied: (detail) =>
    `AWS denied access: ${sentence(detail)} Ask for the permission, or choose another profile with --profile.`,
  AccessDeniedException: (detail) =>
    `AWS denied access: ${sentence(detail)} Ask for the permission, or choose another profile with --profile.`,
  ECONNREFUSED: (detail) => `Nothing answers at ${detail}. ${ENDPOINT}`,
  ENOTFOUND: (detail) => `The host ${detail} does not exist. ${ENDPOINT}`,
  EAI_AGAIN: (detail) => `The name ${detail} cannot be looked up. ${ENDPOINT}`,
  ECONNRESET: () => `The connection to AWS broke. ${ENDPOINT}`,
  ETIMEDOUT: () => `AWS does not respond. ${ENDPOINT}`,
  TimeoutError: () => `AWS does not respond. ${ENDPOINT}`,
}

export function explain(error: unknown): Explanation {
  if (!(error instanceof Error)) return { message: String(error), code: exit.FAILED }
  const { message } = error
  const own = codes[error.name]
  if (error.name === 'StackNotFound') {
    return {
      message: `${message} Deploy it, choose another with --stack, or check --region, --profile and AWS_ENDPOINT_URL.`,
      code: exit.UNREACHABLE,
    }
  }
  if (error instanceof UsageError || own !== undefined) return { message, code: own ?? exit.USAGE }
  return explainOther(error)
}

function explainOther(error: Error & { code?: unknown; $metadata?: unknown }): Explanation {
  if (error.message.includes('Region is missing')) {
    return { message: 'No AWS region is set. Set AWS_REGION, or use --region.', code: exit.UNREACHABLE }
  }
  // If a host has several addresses, Node fails with the errors of all of them.
  const cause = error instanceof AggregateError ? (error.errors[0] as Error & { code?: unknown }) : error
  const known = aws[error.name] ?? aws[String(cause.code)]
  if (known) return { message: known(detailOf(cause)), code: exit.UNREACHABLE }
  const isAws = error.$metadata !== undefined
  return {
    message: isAws ? `AWS answered ${error.name}: ${error.message}` : `${error.name}: ${error.message}`,
    code: isAws ? exit.UNREACHABLE : exit.FAILED,
  }
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`
}

function detailOf(error: Error & { address?: unknown; port?: unknown; hostname?: unknown }): string {
  if (error.address !== undefined) return `${error.address}:${error.port}`
  return error.hostname === undefined ? error.message : String(error.hostname)
}
