/** @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.limitations.html */
export interface RdsDataLimits {
  /** Bytes of a result. The response's JSON is counted, the strictest reading of "response data". */
  resultBytes: number
  /** Bytes of a result's JSON string, with `formatRecordsAs: JSON`. */
  formattedBytes: number
  /** Bytes of a row's values. */
  rowBytes: number
  /** Bytes of a call's body. */
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
