import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Alias } from 'aws-cdk-lib/aws-kms'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'
import { env } from '../functions/common/environment.ts'
import type { Subscription } from './settings.ts'

export interface NotificationTopicProps {
  /** What the topic's name begins with. */
  readonly prefix: string
  /** Who gets mail, and about what. */
  readonly subscriptions: readonly Subscription[]
}

/** Where every end of an execution is announced, and who is told by e-mail. A standard topic: FIFO ones send no mail. */
export class NotificationTopic extends Construct {
  readonly topic: Topic

  constructor(scope: Construct, id: string, { prefix, subscriptions }: NotificationTopicProps) {
    super(scope, id)
    this.topic = new Topic(this, 'Topic', {
      topicName: `${prefix}-notifications`,
      // The sender's name in the e-mails.
      displayName: 'Carryout',
      enforceSSL: true,
      masterKey: Alias.fromAliasName(this, 'Key', 'alias/aws/sns'),
    })
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
   * Lets a function announce. Not `topic.grantPublish`, which would add `kms:GenerateDataKey*`: the key that AWS
   * manages for SNS is open to whoever in the account may publish.
   */
  grantAnnounce(fn: LambdaFunction) {
    fn.addEnvironment(env.TOPIC_ARN, this.topic.topicArn)
    fn.addToRolePolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [this.topic.topicArn] }))
  }
}
