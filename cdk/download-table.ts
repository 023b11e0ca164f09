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
   * A key of yours that encrypts it.
   * @default one that DynamoDB owns
   */
  readonly encryptionKey?: IKey
  /** What becomes of the table when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy
}

/** What DynamoDB does with the key in the name of whoever reads and writes. https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html */
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

/** Which requests there are and what became of them, as an index; and the facts that no execution can hold. */
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

  /** Lets a function enter what it knows. */
  grantEnter(fn: LambdaFunction) {
    this.#grant(fn, ['dynamodb:UpdateItem'])
  }

  /** Lets a function order what waits, and take from the order what has started. */
  grantOrder(fn: LambdaFunction) {
    this.#grant(fn, ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:Query', 'dynamodb:DeleteItem'])
  }

  /** Lets a function claim what it does once, and confirm it. */
  grantClaim(fn: LambdaFunction) {
    this.#grant(fn, ['dynamodb:GetItem', 'dynamodb:UpdateItem'])
  }

  /** Lets a function read facts. */
  grantReadFacts(fn: LambdaFunction) {
    this.#grant(fn, ['dynamodb:GetItem'])
  }

  /** Lets a web app enter its own requests into the order of those that wait, and read what became of them. It changes no fact. */
  grantRequest(webApp: IGrantable): Grant {
    const entries = [entryKey('*').pk, WAITING_PARTITION, turnKey('*').pk]
    return this.#grantOn(webApp, ['dynamodb:UpdateItem'], entries).combine(this.grantRead(webApp))
  }

  /** Lets a web app read which requests there are, and what waits before one. */
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

  /** Lets a web app mark a waiting request as cancelled. */
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
