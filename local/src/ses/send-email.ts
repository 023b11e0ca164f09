/** Validates SendEmail. @see https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html */

import { z } from 'zod'
import { problemsIn } from '../problems.ts'
import { AwsError } from '../protocol.ts'
import { addressOf } from './address.ts'
import type { Identities } from './identities.ts'

const RECIPIENTS = 50
/** Headers that a caller may add; the others are set by SES. */
const HEADER_NAME = /^[!-9;-~]{1,126}$/

const content = z.object({ Data: z.string(), Charset: z.string().optional() })
const addresses = z.array(z.string()).default([])
const SendEmail = z.object({
  FromEmailAddress: z.string(),
  Destination: z
    .object({ ToAddresses: addresses, CcAddresses: addresses, BccAddresses: addresses })
    .default({ ToAddresses: [], CcAddresses: [], BccAddresses: [] }),
  ReplyToAddresses: addresses,
  ConfigurationSetName: z.string().optional(),
  EmailTags: z.array(z.object({ Name: z.string(), Value: z.string() })).default([]),
  Content: z.object({
    Simple: z.object(
      {
        Subject: content,
        Body: z
          .object({ Text: content.optional(), Html: content.optional() })
          .refine(({ Text, Html }) => Text ?? Html, 'it must have Text or Html'),
        Headers: z
          .array(z.object({ Name: z.string().regex(HEADER_NAME), Value: z.string().regex(/^[^\r\n]*$/) }))
          .default([]),
      },
      'the local cloud sends Simple content only',
    ),
  }),
})
export type CheckedEmail = z.output<typeof SendEmail> & { recipients: string[]; sender: string }

/** @throws AwsError BadRequestException, MessageRejected */
export function checkedEmail(
  input: Record<string, unknown>,
  identities: Identities,
  account: { sandbox: boolean; region: string },
): CheckedEmail {
  const result = SendEmail.safeParse(input)
  if (!result.success) throw new AwsError('BadRequestException', problemsIn(result.error))
  const email = result.data
  const { ToAddresses, CcAddresses, BccAddresses } = email.Destination
  const recipients = [...ToAddresses, ...CcAddresses, ...BccAddresses].map(addressOf)
  email.ReplyToAddresses.forEach(addressOf)
  if (recipients.length === 0) throw new AwsError('BadRequestException', 'There must be at least one recipient.')
  if (recipients.length > RECIPIENTS) {
    throw new AwsError('BadRequestException', `Recipient count exceeds ${RECIPIENTS}.`)
  }
  const sender = addressOf(email.FromEmailAddress)
  const strangers = [
    ...(identities.verified(sender) ? [] : [email.FromEmailAddress]),
    ...(account.sandbox ? recipients.filter((to) => !identities.verified(to) && !isSimulator(to)) : []),
  ]
  if (strangers.length > 0) {
    throw new AwsError(
      'MessageRejected',
      `Email address is not verified. The following identities failed the check in region ${account.region.toUpperCase()}: ${strangers.join(', ')}`,
    )
  }
  return { ...email, recipients, sender }
}

/** @see https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator */
export function isSimulator(address: string): boolean {
  return address.toLowerCase().endsWith('@simulator.amazonses.com')
}
