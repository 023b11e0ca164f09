/**
 * SES v2: SendEmail delivers to the outbox; identities, configuration sets and the account can be read.
 *
 * @see https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Operations.html
 */

import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { awsArn } from '../arn.ts'
import type { Outbox } from '../mail/outbox.ts'
import { AwsError, type Handler } from '../protocol.ts'
import { awsRest } from '../rest.ts'
import { addressOf } from './address.ts'
import { arrives, type EventType, eventsOf, type MailEvent } from './feedback.ts'
import { openIdentities } from './identities.ts'
import { type CheckedEmail, checkedEmail } from './send-email.ts'

export interface EventDestination {
  name: string
  types: readonly EventType[]
  /** Called with each event; as on AWS, it is lost if its destination is unreachable. */
  tell(event: MailEvent): Promise<unknown> | unknown
}

/** An injected error, to test a sender's behaviour. */
export interface Failure {
  /** `TooManyRequestsException`, `MessageRejected`, `SendingPausedException`… */
  code: string
  message?: string
  /** HTTP status; by default SES's for the code. */
  status?: number
  /** How many calls of SendEmail fail; 1 by default. */
  times?: number
  /** `before`: nothing is sent (the default). `after`: the mail is in the outbox, but the sender gets the error. */
  when?: 'before' | 'after'
  /** Responds only after this time, like a hanging service. */
  afterMillis?: number
}

export interface Ses {
  handler: Handler
  createIdentity(name: string): void
  /** Returns the identities that a mail needs: the sender's and, in the sandbox, the recipients'. */
  identitiesOf(from: string, recipients: readonly string[]): string[]
  removeIdentity(name: string): void
  createConfigurationSet(name: string): void
  putEventDestination(configurationSet: string, destination: EventDestination): void
  /** Fails the next calls of SendEmail; several failures are queued. */
  fail(failure: Failure): void
  /** In the sandbox, recipients must also be verified. */
  readonly account: { sandbox: boolean; sendingEnabled: boolean }
}

const STATUS: Readonly<Record<string, number>> = { TooManyRequestsException: 429, NotFoundException: 404 }
const QUOTA = { Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: 0 }
const SANDBOX_QUOTA = { Max24HourSend: 200, MaxSendRate: 1, SentLast24Hours: 0 }

export function createSes(options: { store: DatabaseSync; region: string; accountId: string; outbox: Outbox }): Ses {
  const { store, region, accountId, outbox } = options
  const identities = openIdentities(store)
  const configurationSets = new Map<string, Map<string, EventDestination>>()
  const failures: Failure[] = []
  const account = { sandbox: false, sendingEnabled: true }

  async function sendEmail(input: Record<string, unknown>) {
    const failure = nextFailure()
    if (failure?.afterMillis) await sleep(failure.afterMillis, undefined, { ref: false })
    if (failure && failure.when !== 'after') throw errorOf(failure)
    if (!account.sendingEnabled) {
      throw new AwsError('SendingPausedException', 'Email sending has been disabled for your account.')
    }
    const email = checkedEmail(input, identities, { sandbox: account.sandbox, region })
    const { ConfigurationSetName: setName } = email
    if (setName !== undefined && !configurationSets.has(setName)) {
      throw new AwsError('NotFoundException', `Configuration set <${setName}> does not exist.`, 404)
    }
    const messageId = randomUUID()
    for (const mail of mailsOf(email, messageId, region)) outbox.deliver(mail)
    const sourceArn = awsArn('ses', `identity/${email.sender}`, { region, accountId })
    const sent = { messageId, accountId, sourceArn, ...factsOf(email), at: new Date() }
    for (const event of eventsOf(sent)) {
      for (const { types, tell } of configurationSets.get(setName ?? '')?.values() ?? []) {
        if (types.includes(event.type)) void Promise.resolve(tell(event)).catch(() => undefined)
      }
    }
    if (failure) throw errorOf(failure)
    return { MessageId: messageId }
  }

  function nextFailure(): Failure | undefined {
    const [failure] = failures
    if (!failure) return undefined
    failure.times = (failure.times ?? 1) - 1
    if (failure.times <= 0) failures.shift()
    return failure
  }

  function describeIdentity(name: string) {
    if (!identities.has(name)) throw new AwsError('NotFoundException', `Email identity ${name} does not exist.`, 404)
    return {
      IdentityType: name.includes('@') ? 'EMAIL_ADDRESS' : 'DOMAIN',
      VerifiedForSendingStatus: true,
      VerificationStatus: 'SUCCESS',
      FeedbackForwardingStatus: true,
      DkimAttributes: { SigningEnabled: true, Status: 'SUCCESS' },
    }
  }

  return {
    account,
    identitiesOf(from, recipients) {
      const addresses = [from, ...(account.sandbox ? recipients.map(addressOf) : [])]
      return [...new Set(addresses.flatMap((address) => identities.of(address)))]
    },
    createIdentity: (name) => identities.create(name),
    removeIdentity: (name) => identities.remove(name),
    createConfigurationSet(name) {
      if (!configurationSets.has(name)) configurationSets.set(name, new Map())
    },
    putEventDestination(set, destination) {
      const destinations = configurationSets.get(set)
      if (!destinations) throw new Error(`there is no configuration set ${set}.`)
      destinations.set(destination.name, destination)
    },
    fail: (failure) => void failures.push({ ...failure }),
    handler: awsRest({
      'POST /v2/email/outbound-emails': ({ input }) => sendEmail(input),
      'GET /v2/email/account': () => ({
        ProductionAccessEnabled: !account.sandbox,
        SendingEnabled: account.sendingEnabled,
        EnforcementStatus: 'HEALTHY',
        SendQuota: account.sandbox ? SANDBOX_QUOTA : QUOTA,
        DedicatedIpAutoWarmupEnabled: false,
      }),
      'GET /v2/email/identities': () => ({
        EmailIdentities: identities.list().map((IdentityName) => ({
          IdentityName,
          IdentityType: describeIdentity(IdentityName).IdentityType,
          SendingEnabled: true,
          VerificationStatus: 'SUCCESS',
        })),
      }),
      'POST /v2/email/identities': ({ input }) => {
        const name = String(input.EmailIdentity ?? '')
        if (identities.has(name)) {
          throw new AwsError('AlreadyExistsException', `Email identity ${name} already exist.`)
        }
        identities.create(name)
        const { IdentityType, VerifiedForSendingStatus, DkimAttributes } = describeIdentity(name)
        return { IdentityType, VerifiedForSendingStatus, DkimAttributes }
      },
      'GET /v2/email/identities/{name}': ({ path }) => describeIdentity(path.name as string),
      'DELETE /v2/email/identities/{name}': ({ path }) => {
        describeIdentity(path.name as string)
        identities.remove(path.name as string)
        return {}
      },
      'GET /v2/email/configuration-sets': () => ({ ConfigurationSets: [...configurationSets.keys()] }),
    }),
  }
}

function errorOf({ code, message = 'Told by a test.', status }: Failure): AwsError {
  return new AwsError(code, message, status ?? STATUS[code] ?? 400)
}

/** Returns a mail for all visible recipients together, and one for each blind copy, in which nobody else is shown. */
function mailsOf(email: CheckedEmail, messageId: string, region: string): Parameters<Outbox['deliver']>[0][] {
  const { FromEmailAddress: from, ReplyToAddresses: replyTo } = email
  const { Subject, Body, Headers } = email.Content.Simple
  const { ToAddresses, CcAddresses, BccAddresses } = email.Destination
  const copies = [[...ToAddresses, ...CcAddresses], ...BccAddresses.map((address) => [address])]
  const mails = copies.map((copy, index) => ({
    id: index === 0 ? messageId : `${messageId}-${index}`,
    from,
    to: copy.map(addressOf).filter(arrives).join(', '),
    domain: `${region === 'us-east-1' ? 'email' : region}.amazonses.com`,
    message: {
      from,
      to: ToAddresses,
      cc: CcAddresses,
      replyTo,
      subject: Subject.Data,
      text: Body.Text?.Data,
      html: Body.Html?.Data,
      headers: Headers.map(({ Name, Value }) => ({ name: Name, value: Value })),
    },
  }))
  return mails.filter(({ to }) => to !== '')
}

/** Returns what events say about a mail. */
function factsOf({ FromEmailAddress: from, recipients, Content, ConfigurationSetName, EmailTags }: CheckedEmail) {
  return {
    from,
    recipients,
    subject: Content.Simple.Subject.Data,
    tags: {
      ...(ConfigurationSetName === undefined ? {} : { 'ses:configuration-set': [ConfigurationSetName] }),
      ...Object.fromEntries(EmailTags.map(({ Name, Value }) => [Name, [Value]])),
    },
  }
}
