import type { RemovalPolicy } from 'aws-cdk-lib'
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb'
import { Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { env } from '../functions/common/environment.ts'
import { entryKey, TABLE_INDEXES, TABLE_KEYS } from '../statemachine/table.ts'
import { ROUND_KEY, turnKey, WAITING_PARTITION } from '../statemachine/waiting.ts'

export interface DownloadTableProps {
  /**
   * A key of yours that encrypts the table.
   * @default a key that DynamoDB owns
   */
  readonly encryptionKey?: IKey
  /** What happens to the table when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy
}

/**
 * The key actions that DynamoDB performs for its callers.
 * https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html
 */
const KEY_ACTIONS = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
]

const text = (name: string) => ({ name, type: AttributeType.STRING })

/** The table: an index of requests and their states, and the few facts that no execution can hold. */
export class DownloadTable extends Construct {
  readonly table: Table

  constructor(scope: Construct, id: string, { encryptionKey, removalPolicy }: DownloadTableProps) {
    super(scope, id)
    this.table = new Table(this, 'Table', {
      partitionKey: text(TABLE_KEYS.partition),
      sortKey: text(TABLE_KEYS.sort),
      timeToLiveAttribute: TABLE_KEYS.timeToLive,
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: encryptionKey ? TableEncryption.CUSTOMER_MANAGED : TableEncryption.DEFAULT,
      encryptionKey,
      removalPolicy,
    })
    for (const { name, partition, sort } of Object.values(TABLE_INDEXES)) {
      this.table.addGlobalSecondaryIndex({
        indexName: name,
        partitionKey: text(partition),
        sortKey: text(sort),
        projectionType: ProjectionType.ALL,
      })
    }
  }

  /** Allows a function to write entries. */
  grantEnter(fn: LambdaFunction) {
    this.#grant(fn, ['dynamodb:UpdateItem'])
  }

  /** Allows a function to order waiting requests, and to remove those that have started. */
  grantOrder(fn: LambdaFunction) {
    this.#grant(fn, ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:Query', 'dynamodb:DeleteItem'])
  }

  /** Allows a function to claim a task that must be done once, and to confirm it. */
  grantClaim(fn: LambdaFunction) {
    this.#grant(fn, ['dynamodb:GetItem', 'dynamodb:UpdateItem'])
  }

  /** Allows a function to read facts. */
  grantReadFacts(fn: LambdaFunction) {
    this.#grant(fn, ['dynamodb:GetItem'])
  }

  /**
   * Allows a web app to add its own requests to the waiting order, and to read their states. It cannot change facts.
   */
  grantRequest(webApp: IGrantable): Grant {
    const entries = [entryKey('*').pk, WAITING_PARTITION, turnKey('*').pk]
    return this.#grantOn(webApp, ['dynamodb:UpdateItem'], entries).combine(this.grantRead(webApp))
  }

  /** Allows a web app to read requests, and what waits before one. */
  grantRead(webApp: IGrantable): Grant {
    return this.#grantOn(webApp, ['dynamodb:GetItem'], [entryKey('*').pk, ROUND_KEY.pk])
      .combine(this.#grantOn(webApp, ['dynamodb:Query'], [WAITING_PARTITION]))
      .combine(
        Grant.addToPrincipal({
          grantee: webApp,
          actions: ['dynamodb:Query'],
          resourceArns: Object.values(TABLE_INDEXES).map(({ name }) => `${this.table.tableArn}/index/${name}`),
        }),
      )
  }

  /** Allows a web app to mark a waiting request as cancelled. */
  grantCancel(webApp: IGrantable): Grant {
    return this.#grantOn(webApp, ['dynamodb:GetItem', 'dynamodb:UpdateItem'], [entryKey('*').pk])
  }

  #grantOn(webApp: IGrantable, actions: string[], partitions: string[]): Grant {
    this.table.encryptionKey?.grant(webApp, ...KEY_ACTIONS)
    return Grant.addToPrincipal({
      grantee: webApp,
      actions,
      resourceArns: [this.table.tableArn],
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions } },
    })
  }

  #grant(fn: LambdaFunction, actions: string[]) {
    fn.addEnvironment(env.TABLE, this.table.tableName)
    fn.addToRolePolicy(new PolicyStatement({ actions, resources: [this.table.tableArn] }))
    this.table.encryptionKey?.grant(fn, ...KEY_ACTIONS)
  }
}
