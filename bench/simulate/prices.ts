/**
 * AWS prices in US dollars: US East (N. Virginia), on demand, without free tiers and volume discounts.
 * https://aws.amazon.com/lambda/pricing https://aws.amazon.com/step-functions/pricing https://aws.amazon.com/s3/pricing
 * https://aws.amazon.com/vpc/pricing https://aws.amazon.com/rds/aurora/pricing
 */
import type { Usage } from './usage.ts'

const MILLION = 1e6
const GB = 1e9
const MIB = 1024 ** 2
const DAYS_A_MONTH = 30

const PRICES = {
  /** Price of a GB-second on Arm64, where 1 GB of memory is 1,024 MB. */
  lambdaGBSecond: 0.0000133334,
  lambdaInvocation: 0.2 / MILLION,
  transition: 25 / MILLION,
  /** Price of a PUT, COPY, POST or LIST request; DELETE is free. */
  s3Write: 5 / MILLION,
  s3Read: 0.4 / MILLION,
  s3GBMonth: 0.023,
  internetGB: 0.09,
  natGB: 0.045,
  /** Price of a GB between zones: a cent in each direction. */
  otherZoneGB: 0.02,
  /** Price of a call with up to 32 KiB; a larger response counts as several calls. */
  dataApiCall: 0.35 / MILLION,
}

/** How the rows reach the function: from a server in its zone or in another one, or through the Data API. */
export type Path = 'server' | 'otherZone' | 'dataApi'

export interface Circumstances {
  path: Path
  /** Whether S3 is reached through a NAT gateway instead of a gateway endpoint. */
  isNat: boolean
  /** How long the file is kept. */
  days: number
  /** How often it is downloaded. */
  downloads: number
}

/** Size of the Data API's JSON ÷ size of the rows as text. */
const DATA_API_FACTOR = 3.5
const DATA_API_CALL_BYTES = 32 * 1024

/** @param memoryMB memory of each function, from the template */
export function costOf(
  usage: Usage,
  memoryMB: ReadonlyMap<string, number>,
  { path, isNat, days, downloads }: Circumstances,
): Record<string, number> {
  const fileGB = usage.fileBytes / GB
  const lambda = [...usage.functions].reduce((sum, [name, { invocations, seconds }]) => {
    const memory = memoryMB.get(name)
    if (memory === undefined) throw new Error(`The template has no function ${name}`)
    return sum + invocations * PRICES.lambdaInvocation + ((seconds * memory) / 1024) * PRICES.lambdaGBSecond
  }, 0)
  const calls = Math.ceil((usage.rowBytes * DATA_API_FACTOR) / DATA_API_CALL_BYTES)
  return {
    Lambda: lambda,
    'Step Functions': usage.transitions * PRICES.transition,
    'S3, requests': usage.storage.writes * PRICES.s3Write + usage.storage.reads * PRICES.s3Read,
    [`S3, the file for ${days} days`]: (fileGB * PRICES.s3GBMonth * days) / DAYS_A_MONTH,
    ...(path === 'otherZone' && { 'rows from another zone': (usage.rowBytes / GB) * PRICES.otherZoneGB }),
    ...(path === 'dataApi' && { 'RDS Data API': calls * PRICES.dataApiCall }),
    ...(isNat && { 'NAT gateway, to S3': fileGB * PRICES.natGB }),
    ...(downloads > 0 && { 'downloads, to the internet': fileGB * PRICES.internetGB * downloads }),
  }
}

/** Speed at which S3 copies a part, about 100 MiB per second. */
export const COPY_BYTES_PER_SECOND = 100 * MIB
