/** A finished file out of the bucket, checked on its way against what was counted while it was written. */
import { pipeline, type Readable, Transform } from 'node:stream'
import { crc32 } from 'node:zlib'
import { GetObjectCommand, HeadObjectCommand, NoSuchKey, NotFound, type S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { File } from '../statemachine/contract.ts'
import { FileIncomplete } from '../statemachine/errors.ts'
import { NoFile } from './errors.ts'

/** An opened file. */
export interface Download {
  file: File
  /** Ends with `FileIncomplete` unless every byte was there and right. */
  body: Readable
}

/** A link made here and now, with the credentials of who asks; the e-mail's own is known to its readers alone. */
export interface Link {
  url: string
  /** ISO 8601, UTC. The link ends earlier when the credentials that signed it do. */
  expiresAt: string
}

/** Which link to a file is made. */
export interface LinkOptions {
  /** 3,600 by default. */
  expiresInSeconds?: number
  /** Whose it must be; another's is answered as one that does not exist. */
  requestedBy?: string
  /** Looks first whether the file is still there, so that a link is never one to nothing. */
  isThere?: boolean
}

export async function signLink(s3: S3Client, file: File, expiresInSeconds: number): Promise<Link> {
  const expiresAt = new Date(Date.now() + expiresInSeconds * 1000).toISOString()
  const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: file.bucket, Key: file.key }), {
    expiresIn: expiresInSeconds,
  })
  return { url, expiresAt }
}

/** @throws NoFile when its retention has ended */
export async function findFile(s3: S3Client, file: File): Promise<void> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: file.bucket, Key: file.key }))
  } catch (error) {
    throw error instanceof NotFound ? deleted(file, error) : error
  }
}

/** @throws NoFile when its retention has ended */
export async function openFile(s3: S3Client, file: File): Promise<Download> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: file.bucket, Key: file.key }))
    const checked = checking(file)
    // Errors of either reach whoever reads, and an end of the reading ends the request.
    pipeline(Body as Readable, checked, () => undefined)
    return { file, body: checked }
  } catch (error) {
    throw error instanceof NoSuchKey ? deleted(file, error) : error
  }
}

function deleted({ key }: File, cause: Error): NoFile {
  return new NoFile(`The file ${key} has been deleted: its retention has ended. Replay the request.`, { cause })
}

function checking({ key, bytes, crc32: expected }: File): Transform {
  let seen = 0
  let sum = 0
  return new Transform({
    transform(data: Buffer, _encoding, done) {
      seen += data.length
      sum = crc32(data, sum)
      done(null, data)
    },
    flush(done) {
      const actual = sum.toString(16).padStart(8, '0')
      if (seen === bytes && actual === expected) return done()
      done(
        new FileIncomplete(
          `${key} came with ${seen} bytes and CRC-32 ${actual}, not ${bytes} and ${expected}. Download it again.`,
        ),
      )
    },
  })
}
