/**
 * Makes the link in a mail: to the file, or to the web app's own page; none if the stack has no links. A stack with
 * links sets all three variables.
 */
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { FileIncomplete } from '../../statemachine/errors.ts'
import type { Notice } from '../../statemachine/notice.ts'
import { requesterDigest } from '../../statemachine/requester.ts'
import { connect, limits } from './clients.ts'
import { optional, readConfig, text, url, wholeNumber } from './config.ts'
import { env } from './environment.ts'
import { signLink } from './link.ts'
import type { MailLink } from './mail/requester.ts'
import { readSecret } from './secrets.ts'

const config = readConfig({
  [env.BUCKET]: text,
  [env.FILE_SECONDS]: wholeNumber({ min: 1 }),
  [env.LINK_URL]: optional(url),
  [env.LINK_SECRET_ARN]: optional(text),
  [env.LINK_SECONDS]: optional(wholeNumber({ min: 1 })),
  [env.LINK_BASE_URL]: optional(url),
})
const s3 = connect(S3Client, limits.call)

/**
 * Checks that the file still exists and when it will be deleted, because no link may outlive it.
 *
 * @throws FileIncomplete if it is gone, and must be exported again
 */
export async function linkOf({ id, file, requestedBy }: Notice): Promise<MailLink | null> {
  const deletedAt = await endOf(file!.key)
  const baseUrl = config[env.LINK_BASE_URL]
  if (baseUrl) return { url: `${baseUrl.replace(/\/+$/, '')}/${encodeURIComponent(id)}`, until: null }
  const url = config[env.LINK_URL]
  if (!url) return null
  const secret = await readSecret(config[env.LINK_SECRET_ARN]!, 300)
  const made = Math.floor(Date.now() / 1000)
  const expires = Math.min(made + config[env.LINK_SECONDS]!, deletedAt)
  const link = { key: file!.key, requester: requesterDigest(requestedBy ?? ''), made, expires }
  return { url: signLink(url, link, secret), until: new Date(expires * 1000) }
}

/** @returns epoch seconds; S3 deletes at the midnight after the retention ends */
async function endOf(key: string): Promise<number> {
  try {
    const { LastModified } = await s3.send(new HeadObjectCommand({ Bucket: config[env.BUCKET], Key: key }))
    const end = Math.floor(LastModified!.getTime() / 1000) + config[env.FILE_SECONDS]
    if (end > Date.now() / 1000) return end
  } catch (error) {
    if (!(error instanceof Error) || !['NotFound', 'NoSuchKey'].includes(error.name)) throw error
  }
  throw new FileIncomplete(`The file ${key} has been deleted because its retention ended.`)
}
