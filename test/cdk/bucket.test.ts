import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import type { CarryoutProps } from '../../cdk/props.ts'
import { resources, synthesized } from './support.ts'

interface Rule {
  Prefix?: string
  Status: string
  ExpirationInDays?: number
  AbortIncompleteMultipartUpload?: { DaysAfterInitiation: number }
}

function bucket(changes: Partial<CarryoutProps> = {}) {
  const found = Object.values(resources(synthesized(changes))).filter(({ Type }) => Type === 'AWS::S3::Bucket')
  expect(found).toHaveLength(1)
  const { LifecycleConfiguration, ...properties } = found[0]!.Properties
  return { ...found[0]!, properties, rules: (LifecycleConfiguration as { Rules: Rule[] }).Rules }
}

test('the bucket is private and encrypted', () => {
  expect(bucket().properties).toEqual({
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
    OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
    },
    // And no VersioningConfiguration: a deleted file is gone.
  })
})

test('files expire after a week, chunks and incomplete uploads only after a failed execution can no longer be redriven', () => {
  const { rules } = bucket()
  expect(rules.every(({ Status }) => Status === 'Enabled')).toBe(true)
  expect(rules.find(({ Prefix }) => Prefix === 'files/')?.ExpirationInDays).toBe(7)
  expect(rules.find(({ Prefix }) => Prefix === 'chunks/')?.ExpirationInDays).toBeGreaterThan(14)
  const abort = rules.filter((rule) => rule.AbortIncompleteMultipartUpload)
  expect(abort).toHaveLength(1)
  expect(abort[0]!.Prefix).toBeUndefined()
  expect(abort[0]!.AbortIncompleteMultipartUpload!.DaysAfterInitiation).toBeGreaterThan(14)
})

test('both can be kept longer', () => {
  const { rules } = bucket({ fileRetention: Duration.days(30), unfinishedRetention: Duration.days(20) })
  expect(
    rules.map((rule) => rule.ExpirationInDays ?? rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation),
  ).toEqual([30, 20, 20])
})

test('the bucket is kept with its stack’s deletion by default, but not after a failed first deployment', () => {
  expect(bucket().DeletionPolicy).toBe('RetainExceptOnCreate')
  expect(bucket({ removalPolicy: RemovalPolicy.DESTROY }).DeletionPolicy).toBe('Delete')
})
