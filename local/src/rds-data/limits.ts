/** @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.limitations.html */
export interface RdsDataLimits {
  /** Of a result. Counted is the answer's JSON, the strictest reading of "response data". */
  resultBytes: number
  /** Of a result's JSON string, with `formatRecordsAs: JSON`. */
  formattedBytes: number
  /** Of a row of the result: the values' own bytes. */
  rowBytes: number
  /** Of a call's body. */
  requestBytes: number
  statementMillis: number
  /** Between two calls with one transaction's id. */
  transactionIdleMillis: number
  transactionMillis: number
}

export const LIMITS: RdsDataLimits = {
  resultBytes: 1024 * 1024,
  formattedBytes: 10 * 1024 * 1024,
  rowBytes: 64 * 1024,
  requestBytes: 4 * 1024 * 1024,
  statementMillis: 45_000,
  transactionIdleMillis: 3 * 60_000,
  transactionMillis: 24 * 3_600_000,
}
