/** The Data API's errors by name, with the statuses of its reference. */
import type { QueryError } from 'mysql2'
import { AwsError } from '../protocol.ts'

/** @see https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/API_ExecuteStatement.html#API_ExecuteStatement_Errors */
const STATUSES = {
  AccessDeniedException: 403,
  BadRequestException: 400,
  DatabaseErrorException: 400,
  DatabaseNotFoundException: 404,
  DatabaseResumingException: 400,
  DatabaseUnavailableException: 504,
  ForbiddenException: 403,
  HttpEndpointNotEnabledException: 400,
  InternalServerErrorException: 500,
  InvalidSecretException: 400,
  SecretsErrorException: 400,
  ServiceUnavailableError: 503,
  StatementTimeoutException: 400,
  /** An error of every AWS service, not in this one's reference. */
  ThrottlingException: 429,
  TransactionNotFoundException: 404,
  UnsupportedResultException: 400,
} as const

export type RdsDataErrorName = keyof typeof STATUSES

export class RdsDataError extends AwsError {
  /** Additional fields of the response's body. */
  readonly details: Record<string, unknown>
  constructor(name: RdsDataErrorName, message: string, details: Record<string, unknown> = {}) {
    super(name, message, STATUSES[name])
    this.details = details
  }
}

/** Which client saw it when is known: https://github.com/cloud-utils/aurora-data-api reads this very form. */
export function databaseError(error: QueryError): RdsDataError {
  const { errno, message } = error
  if (!errno || errno < 1000) {
    return new RdsDataError('DatabaseUnavailableException', `The database is not available: ${error.code ?? message}`)
  }
  return new RdsDataError(
    'DatabaseErrorException',
    `${message}; Error code: ${errno}; SQLState: ${(error as { sqlState?: string }).sqlState ?? 'HY000'}`,
  )
}

/** Every client matches on this sentence; the error's class has changed over the years. */
export function resultTooLarge(): RdsDataError {
  return new RdsDataError('DatabaseErrorException', 'Database returned more than the allowed response size limit')
}

/** The message is known ("Packet for query is too large" in AWS's troubleshooting); its class is assumed. */
export function rowTooLarge(bytes: number, limit: number): RdsDataError {
  return new RdsDataError(
    'DatabaseErrorException',
    `Packet for query is too large (${bytes} > ${limit}): a row of the result may have 64 KB`,
  )
}

export const transactionEnds = {
  expired: 'Transaction may be expired.',
  ended: 'One previous call resulted in a termination of your transaction.',
  aborted: 'Transaction has been aborted due to an error from a previous call.',
} as const

/** @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.troubleshooting.html */
export function transactionNotFound(id: string, why: keyof typeof transactionEnds = 'expired'): RdsDataError {
  return new RdsDataError('TransactionNotFoundException', `Transaction ${id} is not found. ${transactionEnds[why]}`)
}
