/** The common limit of a Step Functions payload, an SNS message, an EventBridge event and a CloudWatch Logs line. */
export const MESSAGE_BYTES = 256 * 1024
