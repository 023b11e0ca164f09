/** The permissions that a state machine's role needs for an integration. */
import type { Wanted } from './requests.ts'

/** @param args the Task's evaluated Arguments */
export function wantedOfIntegration(
  integration: string,
  args: Record<string, unknown>,
  arnOf: {
    function(name: string): string
    queue(url: string): string
    table(name: string): string
    bus(name: string): string
  },
): Wanted[] {
  const one = (action: string, resource: string): Wanted[] => [{ action, resource }]
  if (integration.startsWith('arn:aws:lambda:')) return one('lambda:InvokeFunction', integration)
  const [service, operation = ''] = integration.replace('arn:aws:states:::', '').split(':')
  switch (service) {
    case 'lambda':
      return one('lambda:InvokeFunction', arnOf.function(String(args.FunctionName)))
    case 'sns':
      return one('sns:Publish', String(args.TopicArn))
    case 'sqs':
      return one('sqs:SendMessage', arnOf.queue(String(args.QueueUrl)))
    case 'dynamodb':
      return one(`dynamodb:${operation[0]?.toUpperCase()}${operation.slice(1)}`, arnOf.table(String(args.TableName)))
    case 'events':
      return ((args.Entries ?? []) as { EventBusName?: string }[]).flatMap(({ EventBusName = 'default' }) =>
        one('events:PutEvents', arnOf.bus(EventBusName)),
      )
    default:
      return []
  }
}
