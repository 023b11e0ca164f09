import { type Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib'
import { Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { env } from '../functions/common/environment.ts'
import { acknowledgeWildcard } from './acknowledge.ts'
import { isMade } from './brought.ts'
import { grantDecrypt, grantEncrypt } from './encryption.ts'

const FILES = 'files/'
const CHUNKS = 'chunks/'
const KEYS_COME_LATER = 'Keys contain the ids of future requests'

export interface DownloadBucketProps {
  /** How long files are kept. */
  readonly fileRetention: Duration
  /** How long chunks and incomplete uploads are kept. */
  readonly unfinishedRetention: Duration
  /** The app's own bucket, to be used instead of a new one. */
  readonly brought?: IBucket | undefined
  /** Encrypts a new bucket; by default with a key of S3. */
  readonly encryptionKey?: IKey | undefined
  /** What happens to the bucket when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy
}

/**
 * The bucket for files during their retention, and for chunks until they are composed. It has no versioning: a file is
 * written once and must be gone when its retention ends, but an old version would remain.
 */
export class DownloadBucket extends Construct {
  readonly bucket: IBucket

  constructor(scope: Construct, id: string, props: DownloadBucketProps) {
    super(scope, id)
    const lifecycleRules: LifecycleRule[] = [
      { id: 'files', prefix: FILES, expiration: props.fileRetention },
      { id: 'chunks', prefix: CHUNKS, expiration: props.unfinishedRetention },
      { id: 'incomplete-uploads', abortIncompleteMultipartUploadAfter: props.unfinishedRetention },
    ]
    const { brought, encryptionKey } = props
    if (brought) {
      if (isMade(brought)) for (const rule of lifecycleRules) brought.addLifecycleRule(rule)
      this.bucket = brought
      return
    }
    this.bucket = new Bucket(this, 'Files', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: encryptionKey ? BucketEncryption.KMS : BucketEncryption.S3_MANAGED,
      encryptionKey,
      // One call to KMS serves many objects.
      ...(encryptionKey && { bucketKeyEnabled: true }),
      enforceSSL: true,
      versioned: false,
      removalPolicy: props.removalPolicy,
      lifecycleRules,
    })
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Only open-link gives access to files, and it logs each opening',
    })
  }

  /** Allows a function to write chunks and files, check that they exist, and delete those of a stopped execution. */
  grantWrite(fn: LambdaFunction) {
    this.#grant(fn, ['s3:PutObject', 's3:AbortMultipartUpload', 's3:GetObject', 's3:DeleteObject'], [FILES, CHUNKS])
    this.#grantListUploads(fn)
  }

  /** Allows a function to delete what an execution left, including uploads in progress. */
  grantDiscard(fn: LambdaFunction) {
    this.#grant(fn, ['s3:AbortMultipartUpload', 's3:DeleteObject'], [FILES, CHUNKS])
    this.#grantListUploads(fn)
  }

  /** Allows a function to compose chunks into a file and delete them. */
  grantCompose(fn: LambdaFunction) {
    const actions = ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts']
    this.#grant(fn, [...actions, 's3:DeleteObject'], [FILES, CHUNKS])
    this.#grantListUploads(fn)
  }

  /** Allows a function to read files. */
  grantReadFiles(fn: LambdaFunction) {
    this.#grant(fn, ['s3:GetObject'], [FILES])
  }

  /** Allows a web app to read files and check that they exist. */
  grantOpen(webApp: IGrantable): Grant {
    const objects = this.bucket.arnForObjects(`${FILES}*`)
    const { grantPrincipal } = webApp
    if (Construct.isConstruct(grantPrincipal)) acknowledgeWildcard(grantPrincipal, objects, KEYS_COME_LATER)
    grantDecrypt(this.bucket.encryptionKey, webApp)
    return Grant.addToPrincipal({ grantee: webApp, actions: ['s3:GetObject'], resourceArns: [objects] }).combine(
      Grant.addToPrincipal({ grantee: webApp, actions: ['s3:ListBucket'], resourceArns: [this.bucket.bucketArn] }),
    )
  }

  #grantListUploads(fn: LambdaFunction) {
    fn.addToRolePolicy(
      new PolicyStatement({ actions: ['s3:ListBucketMultipartUploads'], resources: [this.bucket.bucketArn] }),
    )
  }

  #grant(fn: LambdaFunction, actions: string[], prefixes: string[]) {
    fn.addEnvironment(env.BUCKET, this.bucket.bucketName)
    const resources = prefixes.map((prefix) => this.bucket.arnForObjects(`${prefix}*`))
    fn.addToRolePolicy(new PolicyStatement({ actions, resources }))
    const grantKey = actions.includes('s3:PutObject') ? grantEncrypt : grantDecrypt
    grantKey(this.bucket.encryptionKey, fn)
    // Without permission to list, S3 answers 403 instead of 404 for a missing object.
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    fn.addToRolePolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn] }))
    for (const resource of resources) acknowledgeWildcard(fn.role!, resource, KEYS_COME_LATER)
  }
}
