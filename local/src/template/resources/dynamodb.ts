/** AWS::DynamoDB::Table and AWS::DynamoDB::GlobalTable, with a single replica here. */
import { z } from 'zod'
import type { DynamoDb } from '../../dynamodb/dynamodb.ts'
import { bool, type Making, type ResourceTypes, read, text } from '../resource.ts'

const KeySchema = z.array(z.object({ AttributeName: text, KeyType: z.enum(['HASH', 'RANGE']) }))
const Index = z.object({
  IndexName: text,
  KeySchema,
  Projection: z.object({ ProjectionType: text, NonKeyAttributes: z.array(text).optional() }),
})
/** Everything is on the local disk, so settings of billing and durability are ignored. */
const Table = z.object({
  TableName: text.optional(),
  AttributeDefinitions: z.array(z.object({ AttributeName: text, AttributeType: z.enum(['S', 'N', 'B']) })),
  KeySchema,
  GlobalSecondaryIndexes: z.array(Index).optional(),
  LocalSecondaryIndexes: z.array(Index).optional(),
  TimeToLiveSpecification: z.object({ AttributeName: text, Enabled: bool }).optional(),
  StreamSpecification: z.undefined('streams are not supported').optional(),
})

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html */
export function dynamoDbTypes(dynamodb: Pick<DynamoDb, 'putTable'>): ResourceTypes {
  async function make(making: Making) {
    const { TableName = making.generatedName, TimeToLiveSpecification: ttl, ...table } = read(Table, making)
    const { arn, id } = await dynamodb.putTable({
      ...table,
      TableName,
      ...(ttl?.Enabled ? { timeToLiveAttribute: ttl.AttributeName } : {}),
    })
    return { ref: TableName, attributes: { Arn: arn, TableId: id } }
  }
  return { 'AWS::DynamoDB::Table': { make }, 'AWS::DynamoDB::GlobalTable': { make } }
}
