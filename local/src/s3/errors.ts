/** S3's errors: codes, statuses and messages. */
import { AwsError } from '../protocol.ts'

/** An error with additional elements beside Code and Message. */
export class S3Error extends AwsError {
  readonly details: Record<string, string | number>
  constructor(code: string, status: number, message: string, details: Record<string, string | number> = {}) {
    super(code, message, status)
    this.name = 'S3Error'
    this.details = details
  }
}

export const noSuchBucket = (bucket: string) =>
  new S3Error('NoSuchBucket', 404, 'The specified bucket does not exist', { BucketName: bucket })
export const noSuchKey = (key: string) =>
  new S3Error('NoSuchKey', 404, 'The specified key does not exist.', { Key: key })
export const noSuchUpload = (uploadId: string) =>
  new S3Error(
    'NoSuchUpload',
    404,
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { UploadId: uploadId },
  )
export const invalidRequest = (message: string) => new S3Error('InvalidRequest', 400, message)
export const invalidArgument = (name: string, value: string, message: string) =>
  new S3Error('InvalidArgument', 400, message, { ArgumentName: name, ArgumentValue: value })
export const malformedXml = () =>
  new S3Error(
    'MalformedXML',
    400,
    'The XML you provided was not well-formed or did not validate against our published schema',
  )
export const badDigest = (message: string) => new S3Error('BadDigest', 400, message)
export const incompleteBody = () =>
  new S3Error(
    'IncompleteBody',
    400,
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
  )
export const preconditionFailed = (condition: string) =>
  new S3Error('PreconditionFailed', 412, 'At least one of the pre-conditions you specified did not hold', {
    Condition: condition,
  })
export const conditionalRequestConflict = (key: string) =>
  new S3Error(
    'ConditionalRequestConflict',
    409,
    'The conditional request cannot succeed due to a conflicting operation against this resource.',
    { Key: key },
  )
export const accessDenied = (message = 'Access Denied', details: Record<string, string | number> = {}) =>
  new S3Error('AccessDenied', 403, message, details)
export const notImplemented = (what: string) =>
  new S3Error('NotImplemented', 501, `The local cloud’s S3 does not implement ${what}.`)
