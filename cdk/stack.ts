import { Stack, Validations } from 'aws-cdk-lib'
import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { Carryout } from 'carryout/cdk'
import type { Construct } from 'constructs'
import type { Config } from './config.ts'
import type { DatabaseProps } from './database.ts'

/**
 * A stack with Carryout alone, beside an existing network and database. They are referenced by id instead of being
 * looked up, so synthesis needs no account.
 */
export class CarryoutStack extends Stack {
  constructor(scope: Construct, config: Config) {
    const { name, region, account, vpc, database, webhook, alarmTopicArn, ...settings } = config
    super(scope, name, {
      stackName: name,
      // By default the CLI's account and region, which it passes in the environment.
      env: { region: region ?? process.env.CDK_DEFAULT_REGION, account: account ?? process.env.CDK_DEFAULT_ACCOUNT },
      description: 'Carryout: slow downloads, from a request on the queue to an e-mail with a link',
    })
    Validations.of(this).acknowledge({
      id: '@aws-cdk/aws-ec2:noSubnetRouteTableId',
      reason: 'The subnets’ route tables are not used',
    })
    new Carryout(this, 'Carryout', {
      ...settings,
      database: this.#database(database),
      ...(webhook && {
        webhook: {
          url: webhook.url,
          secret: Secret.fromSecretCompleteArn(this, 'WebhookSecret', webhook.secretArn),
        },
      }),
      ...(vpc && this.#network(vpc)),
      alarmTopic: alarmTopicArn ? Topic.fromTopicArn(this, 'AlarmTopic', alarmTopicArn) : undefined,
    })
  }

  #database({ secretArn, secretKeyArn, ...database }: Config['database']): DatabaseProps {
    const secret = secretArn
      ? Secret.fromSecretAttributes(this, 'DatabaseSecret', {
          secretCompleteArn: secretArn,
          encryptionKey: secretKeyArn ? Key.fromKeyArn(this, 'DatabaseSecretKey', secretKeyArn) : undefined,
        })
      : undefined
    if ('clusterArn' in database) return { ...database, secret: secret! }
    if (typeof database.tls !== 'object') return { ...database, tls: database.tls, secret }
    const { caSecretArn, ...tls } = database.tls
    const caSecret = caSecretArn ? Secret.fromSecretCompleteArn(this, 'DatabaseAuthority', caSecretArn) : undefined
    return { ...database, tls: { ...tls, caSecret }, secret }
  }

  #network({ id, subnetIds, securityGroupIds }: NonNullable<Config['vpc']>) {
    return {
      // Availability zones matter only for selecting subnets, which are given here.
      vpc: Vpc.fromVpcAttributes(this, 'Vpc', { vpcId: id, availabilityZones: ['any'] }),
      vpcSubnets: { subnets: subnetIds.map((subnetId) => Subnet.fromSubnetId(this, subnetId, subnetId)) },
      securityGroups: securityGroupIds.map((groupId) => SecurityGroup.fromSecurityGroupId(this, groupId, groupId)),
    }
  }
}
