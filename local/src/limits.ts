/** A payload of Step Functions, a message of SNS, an event of EventBridge and a line of CloudWatch Logs have this limit alike. */
export const MESSAGE_BYTES = 256 * 1024
