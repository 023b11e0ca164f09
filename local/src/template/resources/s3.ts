/** AWS::S3::Bucket. */

import { z } from 'zod'
import { awsArn } from '../../arn.ts'
import type { LifecycleRule } from '../../s3/lifecycle.ts'
import type { S3 } from '../../s3/s3.ts'
import { type ResourceTypes, read, text } from '../resource.ts'

const Bucket = z.object({
  BucketName: text.optional(),
  LifecycleConfiguration: z.object({ Rules: z.array(z.custom<LifecycleRule>()) }).default({ Rules: [] }),
})
const NAME_CHARACTERS = 63

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html */
export function s3Types(s3: S3): ResourceTypes {
  return {
    'AWS::S3::Bucket': {
      make(making) {
        const { BucketName, LifecycleConfiguration } = read(Bucket, making)
        const name = BucketName ?? making.generatedName.toLowerCase().slice(-NAME_CHARACTERS).replace(/^-+/, '')
        s3.createBucket(name, { lifecycle: LifecycleConfiguration.Rules })
        const { region } = making.stack
        return {
          ref: name,
          attributes: {
            Arn: awsArn('s3', name),
            DomainName: `${name}.s3.amazonaws.com`,
            RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
          },
        }
      },
    },
  }
}
