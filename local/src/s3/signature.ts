/**
 * Authorizes callers: a request with a signature in its Authorization header is trusted (everybody who reaches the
 * local cloud has its credentials), a presigned URL is verified, and any other request is refused, because buckets are
 * not public.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
import { timingSafeEqual } from 'node:crypto'
import { Hash } from '@smithy/core/serde'
import { SignatureV4 } from '@smithy/signature-v4'
import { CREDENTIALS } from '../identity.ts'
import type { Call } from './call.ts'
import type { Context } from './context.ts'
import { accessDenied, invalidRequest, S3Error } from './errors.ts'

const WEEK_SECONDS = 7 * 24 * 60 * 60
const MAX_SKEW_SECONDS = 15 * 60

/** @throws S3Error AccessDenied, SignatureDoesNotMatch, InvalidAccessKeyId, AuthorizationQueryParametersError */
export async function authorize(
  call: Call,
  { region, now, secretOf }: Pick<Context, 'region' | 'now' | 'secretOf'>,
): Promise<void> {
  if (call.query.has('X-Amz-Signature') || call.query.has('X-Amz-Algorithm')) {
    await verifyPresigned(call, region, now(), secretOf)
    return
  }
  const authorization = call.request.headers.authorization
  // `aws s3 presign` of AWS CLI 1 signs this way unless `s3.signature_version = s3v4` is set.
  const isVersion2 = call.query.has('AWSAccessKeyId') && call.query.has('Signature')
  if (authorization === undefined && !isVersion2) throw accessDenied()
  if (!authorization?.startsWith('AWS4-')) {
    throw invalidRequest('The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.')
  }
}

async function verifyPresigned(call: Call, region: string, now: number, secretOf: Context['secretOf']): Promise<void> {
  const { algorithm, credential, date, expires, signedHeaders, signature } = parameters(call)
  const [accessKeyId, day, scopeRegion, service, terminator] = credential.split('/')
  if (algorithm !== 'AWS4-HMAC-SHA256') {
    throw parametersError('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"')
  }
  if (service !== 's3' || terminator !== 'aws4_request' || day !== date.slice(0, 8)) {
    throw parametersError(
      'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    )
  }
  if (scopeRegion !== region) {
    throw parametersError(
      `Error parsing the X-Amz-Credential parameter; the region '${scopeRegion}' is wrong; expecting '${region}'`,
      { Region: region },
    )
  }
  checkTime(date, expires, now)
  const secret = CREDENTIALS.get(accessKeyId!) ?? secretOf(accessKeyId!)
  if (secret === undefined) {
    throw new S3Error('InvalidAccessKeyId', 403, 'The AWS Access Key Id you provided does not exist in our records.', {
      AWSAccessKeyId: accessKeyId!,
    })
  }
  const signed = await sign(call, {
    signedHeaders,
    signedAt: instantOf(date),
    expires: Number(expires),
    region,
    credentials: { accessKeyId: accessKeyId!, secretAccessKey: secret },
  })
  const expected = Buffer.from(signed.signature)
  const given = Buffer.from(signature)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new S3Error(
      'SignatureDoesNotMatch',
      403,
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      {
        AWSAccessKeyId: accessKeyId!,
        StringToSign: signed.stringToSign,
        SignatureProvided: signature,
        CanonicalRequest: signed.canonicalRequest,
      },
    )
  }
}

const NAMES = {
  algorithm: 'X-Amz-Algorithm',
  credential: 'X-Amz-Credential',
  date: 'X-Amz-Date',
  expires: 'X-Amz-Expires',
  signedHeaders: 'X-Amz-SignedHeaders',
  signature: 'X-Amz-Signature',
} as const

function parameters(call: Call): Record<keyof typeof NAMES, string> {
  const found = Object.entries(NAMES).map(([name, parameter]) => [name, call.query.get(parameter)])
  if (found.some(([, value]) => value === undefined)) {
    throw parametersError(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    )
  }
  return Object.fromEntries(found) as Record<keyof typeof NAMES, string>
}

/** @param date as `20260131T235959Z` @throws S3Error AuthorizationQueryParametersError */
function instantOf(date: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date)
  if (!parts) throw parametersError("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number)
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!)
}

function checkTime(date: string, expires: string, now: number): void {
  const signedAt = instantOf(date)
  if (!/^-?\d+$/.test(expires)) throw parametersError('X-Amz-Expires should be a number')
  const seconds = Number(expires)
  if (seconds < 0) throw parametersError('X-Amz-Expires must be non-negative')
  if (seconds > WEEK_SECONDS) {
    throw parametersError(
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    )
  }
  const serverTime = toIso(now)
  if (signedAt > now + MAX_SKEW_SECONDS * 1000) {
    throw accessDenied('Request is not yet valid', { 'X-Amz-Expires': seconds, ServerTime: serverTime })
  }
  const expiresAt = signedAt + seconds * 1000
  if (now > expiresAt) {
    throw accessDenied('Request has expired', {
      'X-Amz-Expires': seconds,
      Expires: toIso(expiresAt),
      ServerTime: serverTime,
    })
  }
}

const toIso = (millis: number) => `${new Date(millis).toISOString().slice(0, 19)}Z`

/** Signs what the call says was signed, and keeps what S3 reports if the signatures differ. */
class Signer extends SignatureV4 {
  canonicalRequest = ''
  stringToSign = ''

  protected override createCanonicalRequest(...given: Parameters<SignatureV4['createCanonicalRequest']>): string {
    this.canonicalRequest = super.createCanonicalRequest(...given)
    return this.canonicalRequest
  }

  protected override async createStringToSign(
    ...given: Parameters<SignatureV4['createStringToSign']>
  ): Promise<string> {
    this.stringToSign = await super.createStringToSign(...given)
    return this.stringToSign
  }
}

async function sign(
  call: Call,
  as: {
    signedHeaders: string
    signedAt: number
    expires: number
    region: string
    credentials: { accessKeyId: string; secretAccessKey: string }
  },
): Promise<{ signature: string; canonicalRequest: string; stringToSign: string }> {
  const names = new Set(as.signedHeaders.split(';'))
  if (!names.has('host')) throw accessDenied('There were headers present in the request which were not signed')
  const signer = new Signer({
    ...{ service: 's3', region: as.region, credentials: as.credentials, sha256: Hash.bind(null, 'sha256') },
    // S3 encodes the path once; other services encode it twice.
    uriEscapePath: false,
  })
  const { query } = await signer.presign(
    {
      method: call.method,
      protocol: 'http:',
      hostname: '',
      path: encode(decodeURIComponent(call.path)).replaceAll('%2F', '/'),
      query: Object.fromEntries([...call.query].filter(([name]) => !GIVEN_BY_SIGNER.has(name))),
      headers: {
        ...Object.fromEntries([...names].map((name) => [name, headerText(call, name)])),
        [PAYLOAD]: call.header(PAYLOAD) ?? 'UNSIGNED-PAYLOAD',
      },
    },
    {
      signingDate: new Date(as.signedAt),
      expiresIn: as.expires,
      signableHeaders: names,
      unsignableHeaders: new Set(names.has(PAYLOAD) ? [] : [PAYLOAD]),
      unhoistableHeaders: new Set([...names, PAYLOAD]),
    },
  )
  const { canonicalRequest, stringToSign } = signer
  return { signature: String(query?.[NAMES.signature]), canonicalRequest, stringToSign }
}

const PAYLOAD = 'x-amz-content-sha256'
const GIVEN_BY_SIGNER: ReadonlySet<string> = new Set(Object.values(NAMES))

/** Returns header text as the signer saw it: UTF-8, which Node reads as Latin-1. */
function headerText(call: Call, name: string): string {
  const values = call.request.headersDistinct[name] ?? []
  return values.map((value) => Buffer.from(value, 'latin1').toString('utf8').trim().replace(/ {2,}/g, ' ')).join(',')
}

const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

const parametersError = (message: string, details: Record<string, string> = {}) =>
  new S3Error('AuthorizationQueryParametersError', 400, message, details)
