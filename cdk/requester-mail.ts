import { ArnFormat, CfnOutput, Duration, Size, Stack } from 'aws-cdk-lib'
import { EventBus, Rule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { ConfigurationSet, EmailIdentity, EmailSendingEvent, EventDestination, Identity } from 'aws-cdk-lib/aws-ses'
import { Construct } from 'constructs'
import { env } from '../functions/common/environment.ts'
import { acknowledgeWildcard } from './acknowledge.ts'
import { letPutOff } from './deliver.ts'
import type { DownloadTable } from './download-table.ts'
import { type HandlerEnvironment, HandlerFunction } from './handler-function.ts'
import type { Links } from './links.ts'
import { NoticeQueue, subscribe } from './notice-queue.ts'
import type { NotificationTopic } from './notification-topic.ts'
import type { Mail } from './settings.ts'

export interface RequesterMailProps extends HandlerEnvironment {
  /** Encrypts the queue; by default with a key of SQS. */
  readonly encryptionKey?: IKey | undefined
  readonly mail: Mail
  readonly topic: NotificationTopic
  readonly table: DownloadTable
  readonly links: Links
}

/** Attempts over eight hours (see `mail-requester`), in case SES throttles or the sender is not yet verified. */
const ATTEMPTS = 37

/**
 * The requester's mail through SES: to any address, in the requester's language, once for each outcome. A queue between
 * the topic and the function keeps mails through hours in which SES accepts none.
 */
export class RequesterMail extends Construct {
  readonly queue: NoticeQueue
  readonly functions: HandlerFunction[]

  constructor(
    scope: Construct,
    id: string,
    { encryptionKey, mail, topic, table, links, ...environment }: RequesterMailProps,
  ) {
    super(scope, id)
    const configurationSet = new ConfigurationSet(this, 'ConfigurationSet')
    const sender = new HandlerFunction(this, 'MailRequester', {
      ...environment,
      handler: 'mail-requester',
      description: 'Mails the requester of a download that is ready or has failed',
      timeout: Duration.seconds(90),
      memory: Size.mebibytes(256),
    })
    sender.addEnvironment(env.MAIL_FROM, mail.fromName ? `${encodeName(mail.fromName)} <${mail.from}>` : mail.from)
    sender.addEnvironment(env.MAIL_CONFIGURATION_SET, configurationSet.configurationSetName)
    if (mail.timeZone) sender.addEnvironment(env.MAIL_TIME_ZONE, mail.timeZone)
    table.grantClaim(sender)
    links.grantSign(sender)
    this.queue = new NoticeQueue(this, 'Mails', { encryptionKey, consumer: sender, attempts: ATTEMPTS })
    letPutOff(sender, this.queue.queue, ATTEMPTS)
    subscribe(this.queue.queue, topic.topic)

    if (mail.identity === 'create') this.#createIdentity(mail.from.split('@')[1]!)
    this.#grantSend(sender, mail.from, configurationSet.configurationSetName)

    const feedback = new HandlerFunction(this, 'NoteFeedback', {
      ...environment,
      handler: 'note-feedback',
      description: 'Records that a requester’s mail bounced, or its recipient complained',
      timeout: Duration.seconds(30),
      memory: Size.mebibytes(256),
    })
    feedback.addEnvironment(env.NAME, environment.prefix)
    table.grantEnter(feedback)
    configurationSet.addEventDestination('Feedback', {
      destination: EventDestination.eventBus(EventBus.fromEventBusName(this, 'Bus', 'default')),
      events: [EmailSendingEvent.BOUNCE, EmailSendingEvent.COMPLAINT],
    })
    new Rule(this, 'Returned', {
      description: 'A requester’s mail bounced, or its recipient complained',
      eventPattern: {
        source: ['aws.ses'],
        detailType: ['Email Bounced', 'Email Complaint Received'],
        detail: { mail: { tags: { 'ses:configuration-set': [configurationSet.configurationSetName] } } },
      },
      targets: [new LambdaTarget(feedback)],
    })
    this.functions = [sender, feedback]
  }

  /**
   * Allows sending from one address. Which identity SES uses for the sender is unknown: the address, its domain or a
   * domain above. In its sandbox SES also requires the permission on the recipients' identities. So the sender's
   * address is the limit.
   * https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html
   */
  #grantSend(fn: HandlerFunction, from: string, configurationSetName: string) {
    const identities = this.#arn('identity/*')
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['ses:SendEmail'],
        resources: [identities],
        conditions: { StringEquals: { 'ses:FromAddress': from } },
      }),
    )
    acknowledgeWildcard(fn.role!, identities, 'Restricted to the sender’s address, whichever identity SES uses for it')
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['ses:SendEmail'],
        resources: [this.#arn(`configuration-set/${configurationSetName}`)],
      }),
    )
  }

  /** Creates an identity. SES verifies the domain once its owner has published these records. */
  #createIdentity(domain: string) {
    const identity = new EmailIdentity(this, 'Identity', { identity: Identity.domain(domain) })
    for (const [at, { name, value }] of identity.dkimRecords.entries()) {
      new CfnOutput(this, `Dkim${at + 1}`, {
        description: `A CNAME record that verifies ${domain}`,
        value: `${name} CNAME ${value}`,
      })
    }
  }

  #arn(resource: string): string {
    const [type, name] = resource.split('/') as [string, string]
    return Stack.of(this).formatArn({
      service: 'ses',
      resource: type,
      resourceName: name,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    })
  }
}

/** Encodes a name that is not plain ASCII according to RFC 2047. */
function encodeName(name: string): string {
  if (/^[\x20-\x7e]*$/.test(name)) return `"${name.replace(/["\\]/g, '\\$&')}"`
  return `=?UTF-8?B?${Buffer.from(name).toString('base64')}?=`
}
