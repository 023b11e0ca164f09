import { Template } from 'aws-cdk-lib/assertions'
import { Carryout } from '../../cdk/carryout.ts'
import { rightsOf, statementsIn } from './policies.ts'
import { CLUSTER_ARN, givenCluster, SECRET_ARN, WEBHOOK_SECRET_ARN, withEverything } from './support.ts'

const template = withEverything()
const statements = statementsIn(template)

/** AWS knows no resource for these. */
const WITHOUT_RESOURCE = [
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
  'logs:CreateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:DescribeLogGroups',
  'logs:DescribeResourcePolicies',
  'logs:GetLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:UpdateLogDelivery',
]

test('no policy allows an action by a wildcard', () => {
  const allowed = statements.filter(({ effect }) => effect === 'Allow')
  expect(allowed.length).toBeGreaterThan(30)
  expect(allowed.flatMap(({ actions }) => actions).filter((action) => action.includes('*'))).toEqual([])
})

test('every resource is named, except for actions without resource ARNs', () => {
  const everywhere = statements.filter(({ effect, resources }) => effect === 'Allow' && resources.includes('*'))
  const actions = new Set(everywhere.flatMap(({ actions }) => actions))
  expect([...actions].filter((action) => !WITHOUT_RESOURCE.includes(action))).toEqual([])
})

test('no role has a policy that AWS manages', () => {
  const roles = Object.values(template.findResources('AWS::IAM::Role'))
  expect(roles).toHaveLength(14)
  expect(roles.filter(({ Properties }) => 'ManagedPolicyArns' in Properties)).toEqual([])
})

test('each function writes to its own log and to no other', () => {
  const own = statements.filter(({ actions }) => actions.includes('logs:PutLogEvents'))
  expect(own).toHaveLength(13)
  for (const { policy, resources } of own) {
    expect(resources).toEqual([`<${policy.replace(/^Carryout|RoleDefaultPolicy[0-9A-F]{8}$/g, '')}Logs>`])
  }
})

test('prepare may only read whether its request was cancelled', () => {
  expect(rightsOf(template, 'Prepare')).toEqual(['dynamodb:GetItem <Table>'])
})

test('start may receive requests, order them, read a pause, and start, redrive, count and describe executions', () => {
  expect(rightsOf(template, 'Start')).toEqual([
    'dynamodb:DeleteItem <Table>',
    'dynamodb:GetItem <Table>',
    'dynamodb:Query <Table>',
    'dynamodb:UpdateItem <Table>',
    'lambda:InvokeFunction <ExportChunk>',
    'lambda:InvokeFunction <Notify>',
    'sqs:ChangeMessageVisibility <QueueRequests>',
    'sqs:DeleteMessage <QueueRequests>',
    'sqs:GetQueueAttributes <QueueRequests>',
    'sqs:ReceiveMessage <QueueRequests>',
    'sqs:SendMessage <QueueRequests>',
    'states:DescribeExecution arn::states:::execution:Shop-download:*',
    'states:ListExecutions <DownloadMachine>',
    'states:RedriveExecution arn::states:::execution:Shop-download:*',
    'states:StartExecution <DownloadMachine>',
  ])
})

test('export-chunk may write, find and delete chunks and files, read the one secret, see whether its execution runs and how long its history is, and join the network', () => {
  expect(rightsOf(template, 'ExportChunk')).toEqual([
    'ec2:AssignPrivateIpAddresses *',
    'ec2:CreateNetworkInterface *',
    'ec2:DeleteNetworkInterface *',
    'ec2:DescribeNetworkInterfaces *',
    'ec2:DescribeSubnets *',
    'ec2:UnassignPrivateIpAddresses *',
    's3:AbortMultipartUpload <DownloadsFiles>/chunks/*',
    's3:AbortMultipartUpload <DownloadsFiles>/files/*',
    's3:DeleteObject <DownloadsFiles>/chunks/*',
    's3:DeleteObject <DownloadsFiles>/files/*',
    's3:GetObject <DownloadsFiles>/chunks/*',
    's3:GetObject <DownloadsFiles>/files/*',
    's3:ListBucket <DownloadsFiles>',
    's3:ListBucketMultipartUploads <DownloadsFiles>',
    's3:PutObject <DownloadsFiles>/chunks/*',
    's3:PutObject <DownloadsFiles>/files/*',
    `secretsmanager:GetSecretValue ${SECRET_ARN}`,
    'states:DescribeExecution arn::states:::execution:Shop-download:*',
    'states:GetExecutionHistory arn::states:::execution:Shop-download:*',
  ])
})

test('to read a cluster, export-chunk may call its Data API instead of joining a network', () => {
  const { stack, props } = givenCluster()
  new Carryout(stack, 'Carryout', props)
  const rights = rightsOf(Template.fromStack(stack), 'ExportChunk')
  const ofServer = rightsOf(template, 'ExportChunk')
  expect(ofServer.filter((right) => !rights.includes(right)).every((right) => right.startsWith('ec2:'))).toBe(true)
  expect(rights.filter((right) => !ofServer.includes(right))).toEqual([
    `rds-data:BeginTransaction ${CLUSTER_ARN}`,
    `rds-data:CommitTransaction ${CLUSTER_ARN}`,
    `rds-data:ExecuteStatement ${CLUSTER_ARN}`,
    `rds-data:RollbackTransaction ${CLUSTER_ARN}`,
  ])
  expect(rights.filter((right) => right.startsWith('ec2:'))).toEqual([])
  expect(rights).toContain(`secretsmanager:GetSecretValue ${SECRET_ARN}`)
})

test('export-chunk’s own code may not change network interfaces, which only Lambda does', () => {
  const denied = statements.filter(({ effect, policy }) => effect === 'Deny' && policy.includes('ExportChunkRole'))
  expect(denied).toHaveLength(1)
  expect(denied[0]!.actions).toEqual(WITHOUT_RESOURCE.filter((action) => action.startsWith('ec2:')))
  const { Properties } = Object.values(
    template.findResources('AWS::Lambda::Function', { Properties: { FunctionName: 'Shop-export-chunk' } }),
  )[0]!
  const arn = denied[0]!.condition!.ArnEquals!['lambda:SourceFunctionArn']
  expect(JSON.stringify(arn)).toContain(`:function:${Properties.FunctionName}"`)
})

test('finish may read, write and delete chunks and files', () => {
  const actions = ['AbortMultipartUpload', 'DeleteObject', 'GetObject', 'ListMultipartUploadParts', 'PutObject']
  expect(rightsOf(template, 'Finish')).toEqual(
    [
      ...actions.flatMap((action) => ['chunks', 'files'].map((prefix) => `s3:${action} <DownloadsFiles>/${prefix}/*`)),
      's3:ListBucket <DownloadsFiles>',
      's3:ListBucketMultipartUploads <DownloadsFiles>',
    ].sort(),
  )
})

const SEES_FILES = ['s3:GetObject <DownloadsFiles>/files/*', 's3:ListBucket <DownloadsFiles>']
const SIGNS = ['secretsmanager:GetSecretValue <LinksSecret>']
const ANNOUNCES = [
  'dynamodb:GetItem <Table>',
  'dynamodb:UpdateItem <Table>',
  'events:PutEvents arn::events:::event-bus/default',
  'sns:GetTopicAttributes <NotificationsTopic>',
  'sns:Publish <NotificationsTopic>',
]
const takesFrom = (queue: string) =>
  ['DeleteMessage', 'GetQueueAttributes', 'ReceiveMessage'].map((action) => `sqs:${action} <${queue}>`)

test('notify may claim the notice, read the file’s metadata, sign its link, publish to the topic and the event bus, and start checks of the database', () => {
  const asks = 'sqs:SendMessage <QueueRequests>'
  expect(rightsOf(template, 'Notify')).toEqual([...ANNOUNCES, ...SEES_FILES, ...SIGNS, asks].sort())
})

test('the last line of defence may claim the notice, publish to the topic and the event bus, and read notices and executions', () => {
  expect(rightsOf(template, 'LastLineConfirmNotice')).toEqual(
    [
      ...ANNOUNCES,
      ...takesFrom('LastLineEndedQueue'),
      'states:DescribeExecution arn::states:::execution:Shop-download:*',
    ].sort(),
  )
})

test('mail-requester may claim the mail, read the file’s metadata, sign its link, and send only from the configured address', () => {
  expect(rightsOf(template, 'MailMailRequester')).toEqual(
    [
      'dynamodb:GetItem <Table>',
      'dynamodb:UpdateItem <Table>',
      ...SEES_FILES,
      ...SIGNS,
      'ses:SendEmail arn::ses:::configuration-set/<MailConfigurationSet>',
      'ses:SendEmail arn::ses:::identity/*',
      ...takesFrom('MailMailsQueue'),
      'sqs:ChangeMessageVisibility <MailMailsQueue>',
    ].sort(),
  )
})

test('mail-requester sends with any identity of the sender, but only from its address', () => {
  const byIdentity = statements.filter(({ resources }) => resources.some((resource) => resource.includes('identity/')))
  expect(byIdentity.map(({ condition }) => condition)).toEqual([
    { StringEquals: { 'ses:FromAddress': 'downloads@example.com' } },
  ])
})

test('note-feedback may record feedback, and call-webhook may read its secret and claim the call', () => {
  expect(rightsOf(template, 'MailNoteFeedback')).toEqual(['dynamodb:UpdateItem <Table>'])
  expect(rightsOf(template, 'WebhookCallWebhook')).toEqual(
    [
      'dynamodb:GetItem <Table>',
      'dynamodb:UpdateItem <Table>',
      `secretsmanager:GetSecretValue ${WEBHOOK_SECRET_ARN}`,
      ...takesFrom('WebhookCallsQueue'),
      'sqs:ChangeMessageVisibility <WebhookCallsQueue>',
    ].sort(),
  )
})

test('record may write entries and describe executions', () => {
  expect(rightsOf(template, 'Record')).toEqual([
    'dynamodb:UpdateItem <Table>',
    'states:DescribeExecution arn::states:::execution:Shop-download:*',
  ])
})

test('halt may read executions’ histories', () => {
  expect(rightsOf(template, 'Halt')).toEqual(['states:GetExecutionHistory arn::states:::execution:Shop-download:*'])
})

test('discard may delete chunks, files and uploads, and describe executions', () => {
  const actions = ['AbortMultipartUpload', 'DeleteObject']
  expect(rightsOf(template, 'Discard')).toEqual(
    [
      ...actions.flatMap((action) => ['chunks', 'files'].map((prefix) => `s3:${action} <DownloadsFiles>/${prefix}/*`)),
      's3:ListBucket <DownloadsFiles>',
      's3:ListBucketMultipartUploads <DownloadsFiles>',
      'states:DescribeExecution arn::states:::execution:Shop-download:*',
    ].sort(),
  )
})

test('open-link may read files but not chunks, the links’ secret, and revocations', () => {
  expect(rightsOf(template, 'LinksOpenLink')).toEqual([
    'dynamodb:GetItem <Table>',
    's3:GetObject <DownloadsFiles>/files/*',
    's3:ListBucket <DownloadsFiles>',
    'secretsmanager:GetSecretValue <LinksSecret>',
  ])
})

test('the state machine may call its five functions, but not start', () => {
  expect(rightsOf(template, 'Download').filter((right) => right.startsWith('lambda:'))).toEqual(
    ['ExportChunk', 'Finish', 'Halt', 'Notify', 'Prepare'].map((name) => `lambda:InvokeFunction <${name}>`),
  )
})

test.each(['sqs', 's3', 'sns'])('%s refuses requests without TLS', (service) => {
  const refusing = statements.filter(
    ({ effect, actions, condition }) =>
      effect === 'Deny' &&
      actions.every((action) => action.startsWith(`${service}:`)) &&
      condition?.Bool?.['aws:SecureTransport'] === 'false',
  )
  expect(refusing.flatMap(({ resources }) => resources)).toEqual(
    {
      sqs: [
        '<QueueDeadLetters>',
        '<QueueRequests>',
        ...['LastLineEnded', 'MailMails', 'WebhookCalls'].flatMap((queue) => [
          `<${queue}DeadLetters>`,
          `<${queue}Queue>`,
        ]),
      ],
      s3: ['<DownloadsFiles>', '<DownloadsFiles>/*'],
      sns: ['<NotificationsTopic>'],
    }[service],
  )
})
