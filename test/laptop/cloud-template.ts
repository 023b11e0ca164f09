// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are CloudFormation's placeholders
/** A stack with one of each: what runs on the laptop without any of our own. */

export const DATABASE_SECRET = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:shop-AbCdEf'

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] })

type Reference = { Ref: string } | { 'Fn::GetAtt': string[] }

/** @param rights actions, and the resource on which they are allowed. */
function roleOf(Service: string, rights: [...actions: string[], resource: Reference][]) {
  const Statement = rights.map((right) => ({ Effect: 'Allow', Action: right.slice(0, -1), Resource: right.at(-1) }))
  const trust = { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service } }] }
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: { Version: '2012-10-17', ...trust },
      Policies: [{ PolicyName: 'Own', PolicyDocument: { Version: '2012-10-17', Statement } }],
    },
  }
}

function permission(properties: object) {
  return {
    Type: 'AWS::Lambda::Permission',
    Properties: { FunctionName: arnOf('Function'), Principal: '*', ...properties },
  }
}

export const TEMPLATE = {
  Resources: {
    Queue: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        FifoQueue: true,
        ContentBasedDeduplication: true,
        VisibilityTimeout: 1,
        RedrivePolicy: { deadLetterTargetArn: arnOf('Dead'), maxReceiveCount: 2 },
      },
    },
    Dead: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } },
    Notices: { Type: 'AWS::SQS::Queue' },
    Topic: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: 'Shop files' } },
    Mail: {
      Type: 'AWS::SNS::Subscription',
      Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'email', Endpoint: 'operator@example.com' },
    },
    Bucket: { Type: 'AWS::S3::Bucket' },
    Key: { Type: 'AWS::SecretsManager::Secret', Properties: { GenerateSecretString: {} } },
    FunctionRole: roleOf('lambda.amazonaws.com', [
      ['logs:CreateLogStream', 'logs:PutLogEvents', arnOf('Logs')],
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', arnOf('Queue')],
    ]),
    MachineRole: roleOf('states.amazonaws.com', [
      ['lambda:InvokeFunction', arnOf('Function')],
      ['sns:Publish', { Ref: 'Topic' }],
      ['sqs:SendMessage', arnOf('Notices')],
    ]),
    Logs: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 7 } },
    Stream: { Type: 'AWS::Kinesis::Stream' },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Code: { S3Bucket: { 'Fn::Sub': 'assets-${AWS::Region}' }, S3Key: '1.zip' },
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        MemorySize: 256,
        Timeout: 30,
        Role: arnOf('FunctionRole'),
        LoggingConfig: { LogGroup: { Ref: 'Logs' } },
        Environment: {
          Variables: {
            CARRYOUT_DATABASE_HOST: 'db.example.com',
            CARRYOUT_DATABASE_PORT: '3306',
            CARRYOUT_DATABASE_NAME: 'production',
            CARRYOUT_DATABASE_TLS: 'required',
            CARRYOUT_DATABASE_SECRET_ARN: DATABASE_SECRET,
          },
        },
      },
    },
    Url: { Type: 'AWS::Lambda::Url', Properties: { TargetFunctionArn: arnOf('Function'), AuthType: 'NONE' } },
    // Anyone may call a URL only with both. @see https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    UrlPermission: permission({ Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE' }),
    InvokePermission: permission({ Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true }),
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { FunctionName: { Ref: 'Function' }, EventSourceArn: arnOf('Queue'), BatchSize: 1 },
    },
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        RoleArn: arnOf('MachineRole'),
        DefinitionSubstitutions: { Function: arnOf('Function'), Topic: { Ref: 'Topic' }, Notices: { Ref: 'Notices' } },
        DefinitionString: JSON.stringify({
          QueryLanguage: 'JSONata',
          StartAt: 'Invoke',
          States: {
            Invoke: {
              Type: 'Task',
              Resource: 'arn:aws:states:::lambda:invoke',
              Arguments: { FunctionName: '${Function}', Payload: '{% $states.input %}' },
              Output: { invoked: '{% $states.result %}' },
              Next: 'Call',
            },
            Call: {
              Type: 'Task',
              Resource: '${Function}',
              Arguments: { n: '{% $states.input.invoked.Payload.doubled %}' },
              Output: '{% $merge([$states.input, { "called": $states.result }]) %}',
              Next: 'Publish',
            },
            Publish: {
              Type: 'Task',
              Resource: 'arn:aws:states:::sns:publish',
              Arguments: { TopicArn: '${Topic}', Subject: 'Done', Message: '{% $states.input.called %}' },
              Output: '{% $merge([$states.input, { "published": $states.result }]) %}',
              Next: 'Send',
            },
            Send: {
              Type: 'Task',
              Resource: 'arn:aws:states:::sqs:sendMessage',
              Arguments: { QueueUrl: '${Notices}', MessageBody: { done: true } },
              Output: '{% $merge([$states.input, { "sent": $states.result }]) %}',
              End: true,
            },
          },
        }),
      },
    },
  },
  Outputs: {
    QueueUrl: { Value: { Ref: 'Queue' } },
    DeadUrl: { Value: { Ref: 'Dead' } },
    TopicArn: { Value: { Ref: 'Topic' } },
    Bucket: { Value: { Ref: 'Bucket' } },
    Key: { Value: { Ref: 'Key' } },
    Function: { Value: { Ref: 'Function' } },
    FunctionUrl: { Value: { 'Fn::GetAtt': ['Url', 'FunctionUrl'] } },
    MachineArn: { Value: { Ref: 'Machine' } },
  },
}
