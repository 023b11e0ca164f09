/**
 * SNS's format of an e-mail.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html
 */

/** The sender of every notification. */
export const SENDER = 'no-reply@sns.amazonaws.com'

/** Adds SNS's footer to a notification. */
export function withFooter(text: string, unsubscribeUrl: string): string {
  return [
    text,
    '',
    '--',
    'If you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:',
    unsubscribeUrl,
    '',
    'Please do not reply directly to this email. If you have any questions or comments regarding this email, please contact us at https://aws.amazon.com/support',
    '',
  ].join('\n')
}
