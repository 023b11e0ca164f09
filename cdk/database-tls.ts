/** The encryption of database connections: `required`, `off`, or required with a certificate authority of your own. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Token } from 'aws-cdk-lib'
import { z } from 'zod'
import { issue } from './accept.ts'

const Mode = z.enum(['required', 'off'])

const Trust = z
  .strictObject({
    ca: z.string().optional(),
    caSecretArn: z.string().optional(),
    serverName: z
      .string()
      .refine(
        (value) => Token.isUnresolved(value) || /^[A-Za-z0-9._-]+$/.test(value),
        'must be a host name as in a certificate',
      )
      .optional(),
  })
  .check(({ value, issues }) => {
    const { ca, caSecretArn } = value
    if (ca !== undefined && caSecretArn !== undefined)
      issues.push(issue(value, [], 'has the authority both as a file and as a secret: remove one'))
    const sentence = ca === undefined ? undefined : fileIssue(ca)
    if (sentence) issues.push(issue(value, ['ca'], sentence))
  })
type Trust = z.output<typeof Trust>

export type GivenTls = z.output<typeof Mode> | Trust

/** A custom type instead of a union, whose errors would be reported per member. */
export const tls = z.custom<GivenTls>().check(({ value, issues }) => {
  const schema = typeof value === 'object' && value !== null ? Trust : Mode
  const { error } = schema.safeParse(value)
  for (const each of error?.issues ?? []) issues.push({ ...each, input: value } as z.core.$ZodRawIssue)
})

/** Returns the PEM in the file, which is deployed beside the function's code. */
export function readAuthorityFile(path: string): string {
  return readFileSync(path, 'utf8')
}

function fileIssue(path: string): string | undefined {
  let pem: string
  try {
    pem = readAuthorityFile(path)
  } catch (error) {
    return `is the file ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code}): set it to the path of a PEM file`
  }
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (certificates.length === 0)
    return `is the file ${path}, which has no certificate: set it to the path of a PEM file`
  try {
    const expired = certificates.map((each) => new X509Certificate(each)).filter(isExpired)
    if (expired.length < certificates.length) return undefined
    return `is the file ${path}, whose certificates have all expired: download the authority’s current one`
  } catch {
    return `is the file ${path}, which has a damaged certificate: download it again`
  }
}

function isExpired({ validTo }: X509Certificate): boolean {
  return Date.parse(validTo) < Date.now()
}
