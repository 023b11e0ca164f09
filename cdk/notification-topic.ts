import { Annotations, Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Alias, type IKey } from 'aws-cdk-lib/aws-kms'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { type ITopic, SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'
import { env } from '../functions/common/environment.ts'
import { EVENT_SOURCE } from '../statemachine/event.ts'
import { grantEncrypt } from './encryption.ts'
import type { Mail, Settings, Subscription } from './settings.ts'

export interface NotificationTopicProps {
  /** The prefix of the topic's name. */
  readonly prefix: string
  /** The app's own topic, to be used instead of a new one. */
  readonly brought?: ITopic | undefined
  /** Encrypts a new topic; by default with a key that AWS manages. */
  readonly encryptionKey?: IKey | undefined
  /** Who gets mail, and about what. */
  readonly subscriptions: readonly Subscription[]
  /** The language of the topic's mails. */
  readonly operatorLanguage: string
  /** Where operators open the console. */
  readonly consoleUrl?: string | undefined
  /** The options with which the command finds the stack; empty if it needs none. */
  readonly commandOptions: string
  /** Mail to requesters through SES. If set, the topic's mails have no link. */
  readonly mail?: Mail
  readonly webhook?: Settings['webhook']
}

/** The quota per topic, unless AWS has raised it. https://docs.aws.amazon.com/general/latest/gr/sns.html */
const USUAL_FILTERS = 200

/**
 * The topic on which every end of an execution is announced, with its e-mail subscriptions. It is a standard topic,
 * because FIFO topics send no mail.
 */
export class NotificationTopic extends Construct {
  readonly topic: ITopic
  /** The app's own key; undefined if AWS manages the key. */
  readonly #key: IKey | undefined

  readonly #operatorLanguage: string
  readonly #consoleUrl: string | undefined
  readonly #commandOptions: string
  readonly #requesterMail: boolean
  readonly #ownSubscriptions: number

  constructor(scope: Construct, id: string, props: NotificationTopicProps) {
    super(scope, id)
    const { prefix, subscriptions } = props
    this.#operatorLanguage = props.operatorLanguage
    this.#consoleUrl = props.consoleUrl
    this.#commandOptions = props.commandOptions
    this.#requesterMail = props.mail !== undefined
    this.#ownSubscriptions = [props.mail, props.webhook].filter((own) => own !== undefined).length
    const { brought, encryptionKey } = props
    this.#key = brought ? brought.masterKey : encryptionKey
    this.topic =
      brought ??
      new Topic(this, 'Topic', {
        topicName: `${prefix}-notifications`,
        // Shown as the sender's name in the e-mails.
        displayName: 'Carryout',
        enforceSSL: true,
        masterKey: encryptionKey ?? Alias.fromAliasName(this, 'Key', 'alias/aws/sns'),
      })
    const filters = subscriptions.filter(({ filter = {} }) => Object.keys(filter).length > 0).length
    if (filters > USUAL_FILTERS) {
      const sentence = `subscriptions have ${filters} filters, but SNS takes ${USUAL_FILTERS} per topic unless the account’s quota was raised: have it raised, or set mail, which needs no subscription for a requester.`
      Annotations.of(this).addWarningV2('carryout:subscriptionFilters', sentence)
    }
    for (const { email, filter = {} } of subscriptions) {
      const policy = Object.entries(filter).map(([attribute, allowlist]) => [
        attribute,
        SubscriptionFilter.stringFilter({ allowlist }),
      ])
      const filterPolicy = policy.length > 0 ? Object.fromEntries(policy) : undefined
      this.topic.addSubscription(new EmailSubscription(email, { filterPolicy }))
    }
  }

  /**
   * Allows a function to publish. `topic.grantPublish` would add `kms:GenerateDataKey*`, although the key that AWS
   * manages for SNS is open to every publisher in the account.
   */
  grantAnnounce(fn: LambdaFunction) {
    fn.addEnvironment(env.TOPIC_ARN, this.topic.topicArn)
    fn.addEnvironment(env.OWN_SUBSCRIPTIONS, String(this.#ownSubscriptions))
    fn.addEnvironment(env.OPERATOR_LANGUAGE, this.#operatorLanguage)
    if (this.#consoleUrl) fn.addEnvironment(env.CONSOLE_URL, this.#consoleUrl)
    if (this.#commandOptions !== '') fn.addEnvironment(env.COMMAND_OPTIONS, this.#commandOptions)
    fn.addEnvironment(env.REQUESTER_MAIL, this.#requesterMail ? 'on' : 'off')
    fn.addToRolePolicy(
      new PolicyStatement({ actions: ['sns:Publish', 'sns:GetTopicAttributes'], resources: [this.topic.topicArn] }),
    )
    grantEncrypt(this.#key, fn)
    const bus = Stack.of(this).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' })
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['events:PutEvents'],
        resources: [bus],
        conditions: { StringEquals: { 'events:source': EVENT_SOURCE } },
      }),
    )
  }
}
