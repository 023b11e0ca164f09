/** AWS::SES::EmailIdentity, ::ConfigurationSet and ::ConfigurationSetEventDestination. */

import { z } from 'zod'
import { awsArn } from '../../arn.ts'
import type { EventType, MailEvent } from '../../ses/feedback.ts'
import type { Ses } from '../../ses/ses.ts'
import { bool, type ResourceTypes, read, text } from '../resource.ts'

const Identity = z.object({ EmailIdentity: text })
const ConfigurationSet = z.object({ Name: text.optional() })
const EventDestination = z.object({
  ConfigurationSetName: text,
  EventDestination: z.object({
    Name: text.optional(),
    Enabled: bool.default(true),
    MatchingEventTypes: z.array(text),
    SnsDestination: z.object({ TopicARN: text }).optional(),
    EventBridgeDestination: z.object({ EventBusArn: text }).optional(),
    // A laptop has no metrics and streams.
    CloudWatchDestination: z.unknown().optional(),
    KinesisFirehoseDestination: z.undefined('Firehose is not supported').optional(),
  }),
})

/**
 * @param options.publish tells a topic. @param options.putEvent tells the default event bus.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SES.html
 */
export function sesTypes(options: {
  ses: Pick<Ses, 'createIdentity' | 'removeIdentity' | 'createConfigurationSet' | 'putEventDestination'>
  publish(topicArn: string, message: string, subject: string): Promise<unknown>
  putEvent(event: { source: string; detailType: string; detail: object }): void
}): ResourceTypes {
  const { ses, publish, putEvent } = options
  return {
    'AWS::SES::EmailIdentity': {
      make(making) {
        const { EmailIdentity } = read(Identity, making)
        ses.createIdentity(EmailIdentity)
        const { region, accountId } = making.stack
        const arn = awsArn('ses', `identity/${EmailIdentity}`, { region, accountId })
        const token = (n: number) => ({
          [`DkimDNSTokenName${n}`]: `local${n}._domainkey.${EmailIdentity}`,
          [`DkimDNSTokenValue${n}`]: `local${n}.dkim.amazonses.com`,
        })
        return {
          ref: EmailIdentity,
          attributes: { EmailIdentityArn: arn, ...token(1), ...token(2), ...token(3) },
        }
      },
      remove: (name) => ses.removeIdentity(name),
    },
    'AWS::SES::ConfigurationSet': {
      make(making) {
        const { Name = making.generatedName.slice(-64) } = read(ConfigurationSet, making)
        ses.createConfigurationSet(Name)
        return { ref: Name, attributes: {} }
      },
    },
    'AWS::SES::ConfigurationSetEventDestination': {
      make(making) {
        const { ConfigurationSetName, EventDestination: wanted } = read(EventDestination, making)
        const { Name = making.generatedName, MatchingEventTypes, SnsDestination, EventBridgeDestination } = wanted
        if (wanted.Enabled) {
          ses.putEventDestination(ConfigurationSetName, {
            name: Name,
            types: MatchingEventTypes.map((type) => type.toLowerCase() as EventType),
            tell: ({ event, detailType }: MailEvent) => {
              if (EventBridgeDestination) putEvent({ source: 'aws.ses', detailType, detail: event })
              if (!SnsDestination) return
              return publish(
                SnsDestination.TopicARN,
                `${JSON.stringify(event)}\n`,
                'Amazon SES Email Event Notification',
              )
            },
          })
        }
        return { ref: making.generatedName, attributes: { Id: making.generatedName } }
      },
    },
  }
}
