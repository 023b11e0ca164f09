/** Checks that people are notified: the topic's subscriptions, and SES. */
import { GetAccountCommand, GetEmailIdentityCommand, type SESv2Client } from '@aws-sdk/client-sesv2'
import { paginateListSubscriptionsByTopic, type SNSClient, type Subscription } from '@aws-sdk/client-sns'
import { counted } from '../../terminal/format.ts'
import { attempt, type Finding, failed, ok, warning } from './finding.ts'

const SUBSCRIPTIONS = 'Subscriptions'

export function checkSubscriptions(sns: SNSClient, TopicArn: string): Promise<Finding[]> {
  return attempt(SUBSCRIPTIONS, 'sns:ListSubscriptionsByTopic', async () => {
    const all: Subscription[] = []
    for await (const page of paginateListSubscriptionsByTopic({ client: sns }, { TopicArn })) {
      all.push(...(page.Subscriptions ?? []))
    }
    const people = all.filter(({ Protocol = '' }) => Protocol !== 'sqs' && Protocol !== 'lambda')
    const pending = people.filter(({ SubscriptionArn = '' }) => !SubscriptionArn.startsWith('arn:'))
    if (pending.length > 0) {
      return pending.map(({ Protocol = '', Endpoint = '' }) =>
        failed(
          SUBSCRIPTIONS,
          `${Endpoint} has not confirmed.`,
          `Open the link in AWS’s mail, or have it sent again: aws sns subscribe --topic-arn ${TopicArn} --protocol ${Protocol} --notification-endpoint ${Endpoint}`,
        ),
      )
    }
    if (people.length > 0) return ok(SUBSCRIPTIONS, `${counted(people.length, 'subscription')}, all confirmed.`)
    return warning(
      SUBSCRIPTIONS,
      'Nobody is subscribed, so no operator learns of failures.',
      `aws sns subscribe --topic-arn ${TopicArn} --protocol email --notification-endpoint <address>`,
    )
  })
}

/** @param from in the function's format: an address, or a name and an address in angle brackets */
export async function checkMail(ses: SESv2Client, from: string): Promise<Finding[]> {
  const address = /<([^<>]*)>\s*$/.exec(from)?.[1] ?? from
  return [
    ...(await attempt('Mail account', 'ses:GetAccount', () => checkAccount(ses))),
    ...(await attempt('Mail sender', 'ses:GetEmailIdentity', () => checkSender(ses, address))),
  ]
}

async function checkAccount(ses: SESv2Client): Promise<Finding> {
  const check = 'Mail account'
  const { ProductionAccessEnabled, SendingEnabled, EnforcementStatus } = await ses.send(new GetAccountCommand())
  if (!SendingEnabled || EnforcementStatus === 'SHUTDOWN') {
    return failed(check, 'Sending is paused.', 'See the reputation metrics in the console of SES, and ask AWS.')
  }
  if (!ProductionAccessEnabled) {
    return failed(
      check,
      'SES is in its sandbox and delivers only to verified addresses.',
      'Request production access: https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html',
    )
  }
  if (EnforcementStatus !== 'PROBATION') return ok(check, 'SES is out of its sandbox.')
  return warning(check, 'SES is reviewing the account.', 'See the reputation metrics in the console of SES.')
}

/** The identity of an address is the address itself, or else its domain or a parent domain. */
async function checkSender(ses: SESv2Client, address: string): Promise<Finding> {
  const check = 'Mail sender'
  const domain = address.slice(address.lastIndexOf('@') + 1)
  for (const EmailIdentity of [address, ...withParents(domain)]) {
    try {
      const { VerifiedForSendingStatus } = await ses.send(new GetEmailIdentityCommand({ EmailIdentity }))
      if (VerifiedForSendingStatus) return ok(check, `${EmailIdentity} is verified.`)
      return failed(
        check,
        `${EmailIdentity} is not verified yet.`,
        `Put its DKIM records into the DNS, or open the mail that verifies the address: aws sesv2 get-email-identity --email-identity ${EmailIdentity}`,
      )
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'NotFoundException') throw error
    }
  }
  return failed(
    check,
    `Neither ${address} nor ${domain} is an identity of SES in this region.`,
    `Set mail.identity to 'create', or: aws sesv2 create-email-identity --email-identity ${domain}`,
  )
}

/** `mail.example.com` and `example.com`. */
function withParents(domain: string): string[] {
  const labels = domain.split('.')
  return labels.slice(0, -1).map((_, from) => labels.slice(from).join('.'))
}
