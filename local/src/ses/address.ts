/** E-mail addresses as SES accepts them. */
import { isAscii } from '../mail/mime.ts'
import { AwsError } from '../protocol.ts'

/**
 * Returns the address in `Name <a@example.com>` or `a@example.com`.
 *
 * @throws AwsError BadRequestException if SES would refuse it: it accepts only ASCII, and a name in another script as
 * an encoded word. @see https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
 */
export function addressOf(mailbox: string): string {
  const [, bracketed] = /<([^<>]*)>\s*$/.exec(mailbox) ?? []
  const address = (bracketed ?? mailbox).trim()
  if (!isAscii(mailbox)) throw new AwsError('BadRequestException', 'Non ASCII characters in an email address')
  if (!address.includes('@') || domainOf(address) === '') {
    throw new AwsError('BadRequestException', "Missing final '@domain'")
  }
  if (!/^[^\s@<>,;]+@[A-Za-z0-9.-]+$/.test(address)) {
    throw new AwsError('BadRequestException', 'Local address contains control or whitespace')
  }
  return address
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase()
}
