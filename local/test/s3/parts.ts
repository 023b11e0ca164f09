/** An upload in parts, for suites of it: one of three parts, begun, written and completed. */
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { type Algorithm, digest } from '../../src/s3/checksums.ts'
import { BUCKET, bytesOf, givenS3, MIB, type TestS3 } from './support.ts'

export const at = { Bucket: BUCKET, Key: 'file' }
export const PARTS = [bytesOf(5 * MIB, 1), bytesOf(5 * MIB + 3, 2), bytesOf(1234, 3)]
export const FILE = Buffer.concat(PARTS)
/** For what is refused before sizes matter. */
export const SMALL = [Buffer.from('one'), Buffer.from('two'), Buffer.from('three')]

export async function checksumOf(algorithm: Algorithm | 'MD5', bytes: Buffer): Promise<string> {
  const running = digest(algorithm)
  running.update(bytes)
  return running.finish()
}

export async function create(
  { client }: TestS3,
  input: Partial<CreateMultipartUploadCommandInput> = {},
): Promise<string> {
  return (await client.send(new CreateMultipartUploadCommand({ ...at, ...input }))).UploadId!
}

export async function uploadPart(
  { client }: TestS3,
  UploadId: string,
  PartNumber: number,
  Body: Buffer | string,
  ChecksumAlgorithm?: Algorithm,
): Promise<CompletedPart> {
  const algorithm = ChecksumAlgorithm && { ChecksumAlgorithm }
  const { $metadata: _, ...part } = await client.send(
    new UploadPartCommand({ ...at, UploadId, PartNumber, Body, ...algorithm }),
  )
  return { ...part, PartNumber }
}

export function complete(
  { client }: TestS3,
  UploadId: string,
  Parts: CompletedPart[],
  input: Partial<CompleteMultipartUploadCommandInput> = {},
) {
  return client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts }, ...input }))
}

export async function givenParts(
  bodies = PARTS,
  algorithm: Algorithm = 'CRC32',
  type: 'FULL_OBJECT' | 'COMPOSITE' = 'COMPOSITE',
) {
  const s3 = await givenS3()
  const id = await create(s3, { ChecksumAlgorithm: algorithm, ChecksumType: type, ContentType: 'text/csv' })
  const parts: CompletedPart[] = []
  for (const [index, body] of bodies.entries()) parts.push(await uploadPart(s3, id, index + 1, body, algorithm))
  return { s3, id, parts }
}

export async function read({ client }: TestS3, input = {}): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ ...at, ...input }))
  return Buffer.from(await Body!.transformToByteArray())
}
