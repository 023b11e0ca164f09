import { Duration } from 'aws-cdk-lib'
import { Annotations, Match } from 'aws-cdk-lib/assertions'
import { Carryout } from '../../cdk/carryout.ts'
import { functionOf, givenStack, readable, resources, synthesized } from './support.ts'

test('the topic is encrypted and standard, because FIFO topics send no mail', () => {
  const template = synthesized()
  template.hasResourceProperties('AWS::SNS::Topic', {
    TopicName: 'Shop-notifications',
    DisplayName: 'Carryout',
    FifoTopic: Match.absent(),
  })
  const [topic] = Object.values(template.findResources('AWS::SNS::Topic'))
  expect(readable(topic!.Properties.KmsMasterKeyId)).toMatch(/:alias\/aws\/sns$/)
})

test('each address is subscribed with its filter, and without one gets everything', () => {
  const template = synthesized({
    subscriptions: [
      { email: 'all@example.com' },
      { email: 'operator@example.com', filter: { status: ['failed'], export: ['orders', 'customers'] } },
      { email: 'hanako@example.com', filter: { requestedBy: ['hanako@example.com'] } },
    ],
  })
  const subscriptions = Object.values(resources(template)).filter(({ Type }) => Type === 'AWS::SNS::Subscription')
  expect(subscriptions.map(({ Properties: { TopicArn, ...rest } }) => rest)).toEqual([
    { Protocol: 'email', Endpoint: 'all@example.com' },
    {
      Protocol: 'email',
      Endpoint: 'operator@example.com',
      FilterPolicy: { status: ['failed'], export: ['orders', 'customers'] },
    },
    { Protocol: 'email', Endpoint: 'hanako@example.com', FilterPolicy: { requestedBy: ['hanako@example.com'] } },
  ])
})

test('filters beyond a topic’s usual quota cause only a warning, because AWS can raise it', () => {
  const filters = (count: number) => {
    const filter = { status: ['failed' as const], export: undefined }
    const subscriptions = Array.from({ length: count }, (_, at) => ({ email: `${at}@example.com`, filter }))
    const { stack, props } = givenStack()
    new Carryout(stack, 'Carryout', { ...props, subscriptions })
    return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('SNS takes 200 per topic'))
  }
  expect([filters(200).length, filters(201).length]).toEqual([0, 1])
})

test('links are signed with a generated secret of 64 letters and digits', () => {
  synthesized().hasResourceProperties('AWS::SecretsManager::Secret', {
    GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true },
    SecretString: Match.absent(),
  })
})

test('a link opens without an account, by its URL alone', () => {
  const template = synthesized()
  template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'NONE', Cors: Match.absent() })
  // Since October 2025 a public URL needs both.
  // https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
  const permissions = Object.values(template.findResources('AWS::Lambda::Permission')).flatMap(({ Properties }) => {
    const { FunctionName, ...rest } = Properties
    return readable(FunctionName) === '<LinksOpenLink>' ? rest : []
  })
  expect(permissions).toEqual([
    { Action: 'lambda:InvokeFunctionUrl', Principal: '*', FunctionUrlAuthType: 'NONE' },
    { Action: 'lambda:InvokeFunction', Principal: '*', InvokedViaFunctionUrl: true },
  ])
})

test.each([
  ['url', 10],
  [{ maxConcurrency: 3 }, 3],
  [{ maxConcurrency: 0 }, undefined],
] as const)('the concurrency of opened links is limited unless disabled: %j', (links, expected) => {
  expect(functionOf(synthesized({ links }), 'open-link').ReservedConcurrentExecutions).toBe(expected)
})

test.each(['none', { baseUrl: 'https://shop.example.com/downloads' }] as const)(
  'there is no public URL if links are %j',
  (links) => {
    const template = synthesized({ links })
    template.resourceCountIs('AWS::Lambda::Url', 0)
    const { Environment } = functionOf(template, 'notify') as { Environment: { Variables: object } }
    expect(Object.keys(Environment.Variables)).not.toContain('CARRYOUT_LINK_URL')
  },
)

test.each([
  [{ links: { baseUrl: 'http://shop.example.com' } }, 'links.baseUrl must begin with https://'],
  [{ mail: { from: 'downloads' } }, 'mail.from must be an e-mail address'],
  [{ mail: { from: 'd@example.com', timeZone: 'Mars' } }, 'mail.timeZone must be the name of a time zone'],
] as const)('%j is refused with a sentence', (changes, sentence) => {
  expect(() => synthesized(changes)).toThrow(sentence)
})

test.each([
  [{}, 7 * 24 * 3600],
  [{ fileRetention: Duration.days(3) }, 3 * 24 * 3600],
  [{ fileRetention: Duration.days(3), linkExpiry: Duration.hours(12) }, 12 * 3600],
])('links work at most as long as files are kept: %j', (changes, seconds) => {
  const { Environment } = functionOf(synthesized(changes), 'notify') as { Environment: { Variables: object } }
  expect(Environment.Variables).toMatchObject({ CARRYOUT_LINK_SECONDS: String(seconds) })
})
