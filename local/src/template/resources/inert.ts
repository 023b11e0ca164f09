/**
 * Resource types that have no effect on a laptop: networks, alarms. Nothing is created for them; Ref and Fn::GetAtt
 * return names that others may use.
 */
import { awsArn } from '../../arn.ts'
import type { ResourceType, ResourceTypes } from '../resource.ts'

const TYPES = [
  'AWS::CDK::Metadata',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::SecurityGroupEgress',
  'AWS::EC2::SecurityGroupIngress',
  'AWS::EC2::VPCEndpoint',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Alias',
  'AWS::KMS::Key',
  'AWS::Lambda::Permission',
  'AWS::Logs::MetricFilter',
  'AWS::Logs::QueryDefinition',
  'AWS::Logs::ResourcePolicy',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::SecretsManager::ResourcePolicy',
  'AWS::SecretsManager::RotationSchedule',
  'AWS::SecretsManager::SecretTargetAttachment',
  'AWS::XRay::Group',
  // CDK's own, which empties a bucket when its stack is deleted.
  'Custom::S3AutoDeleteObjects',
]

const inert: ResourceType = { make: ({ generatedName }) => ({ ref: generatedName }) }

export const inertTypes: ResourceTypes = {
  ...Object.fromEntries(TYPES.map((type) => [type, inert])),
  'AWS::IAM::Role': {
    make({ generatedName, stack }) {
      const Arn = awsArn('iam', `role/${generatedName}`, { accountId: stack.accountId })
      return { ref: generatedName, attributes: { Arn, RoleId: `AROA${generatedName}` } }
    },
  },
}
