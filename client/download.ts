/** Reads a finished file from the bucket, and checks it against what was counted while it was written. */
import { pipeline, type Readable, Transform } from 'node:stream'
import { crc32 } from 'node:zlib'
import { GetObjectCommand, HeadObjectCommand, NoSuchKey, NotFound, type S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { File } from '../statemachine/contract.ts'
import { crcToHex } from '../statemachine/crc-hex.ts'
import { FileIncomplete } from '../statemachine/errors.ts'
import { NoFile } from './errors.ts'

/** An opened file. */
export interface Download {
  file: File
  /** Ends with `FileIncomplete` unless every byte arrived and is correct. */
  body: Readable
}

/** A link made with the caller's own credentials; only the e-mail's readers know the e-mail's link. */
export interface Link {
  url: string
  /** ISO 8601, UTC. The link ends earlier if the credentials that signed it do. */
  expiresAt: string
}

/** Options of a link. */
export interface LinkOptions {
  /** 3,600 by default. */
  expiresInSeconds?: number
  /** The requester whose file it must be. Another's file is treated as one that does not exist. */
  requestedBy?: string
  /** Checks first that the file still exists, so that the link is never broken. */
  isThere?: boolean
}

export async function signLink(s3: S3Client, file: File, expiresInSeconds: number): Promise<Link> {
  const expiresAt = new Date(Date.now() + expiresInSeconds * 1000).toISOString()
  const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: file.bucket, Key: file.key }), {
    expiresIn: expiresInSeconds,
  })
  return { url, expiresAt }
}

/** @throws NoFile if its retention has ended */
export async function findFile(s3: S3Client, file: File): Promise<void> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: file.bucket, Key: file.key }))
  } catch (error) {
    throw error instanceof NotFound ? deleted(file, error) : error
  }
}

/** @throws NoFile if its retention has ended */
export async function openFile(s3: S3Client, file: File): Promise<Download> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: file.bucket, Key: file.key }))
    const checked = checking(file)
    // Errors of either stream reach the reader, and if the reader stops, the request ends.
    pipeline(Body as Readable, checked, () => undefined)
    return { file, body: checked }
  } catch (error) {
    throw error instanceof NoSuchKey ? deleted(file, error) : error
  }
}

function deleted({ key }: File, cause: Error): NoFile {
  return new NoFile(`The file ${key} has been deleted because its retention has ended. Replay the request.`, { cause })
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
      const actual = crcToHex(sum)
      if (seen === bytes && actual === expected) return done()
      done(
        new FileIncomplete(
          `${key} arrived with ${seen} bytes and CRC-32 ${actual}; expected ${bytes} and ${expected}. Download it again.`,
        ),
      )
    },
  })
}
