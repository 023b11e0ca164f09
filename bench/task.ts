/** What a side is given, as JSON in its first argument, and what it prints as its last line. */
import { existsSync, readFileSync } from 'node:fs'
import { S3Client } from '@aws-sdk/client-s3'
import type { ConnectionOptions } from 'mysql2'
import { CREDENTIALS } from '../local/src/identity.ts'
import type { Access } from './table.ts'

/** `tls` is as deployed: TLS to the database, HTTPS to S3. */
export type Transport = 'tls' | 'plain'

export interface Task {
  access: Access
  endpoint: string
  bucket: string
  key: string
  /** How many rows of the table; a side that delivers another number has failed. */
  rows: number
  /** Of that many rows, in their order. */
  query: string
  /** Where a side may write files, which it removes. */
  directory: string
  /** The authority of the endpoint's certificate, a PEM file; absent in plain text. */
  authorityFile?: string
  /** For what cannot sign: where the file may be put. */
  uploadUrl?: string
  /** Of the carryout side. */
  options?: CarryoutOptions
}

export interface CarryoutOptions {
  format?: 'csv' | 'tsv' | 'jsonl' | 'xlsx' | 'parquet'
  compression?: 'none' | 'gzip' | 'zstd' | 'zip'
  /** The way to S3, where it is not the engine's own choice. */
  upload?: 'parts' | 'stream'
  /** With a `row` function that masks the e-mail address. */
  row?: boolean
  /** More than one: each in a process of its own. */
  ranges?: number
}

export interface Outcome {
  rows: number
  seconds: number
  bytes?: number
  peakRssMB?: number
  /** Garbage collections of the old generation. */
  largeCollections?: number
  /** Of the side's own process, its start included; null where the system does not tell. */
  cpuSeconds?: number | null
}

const STATUS = '/proc/self/status'
const [accessKeyId, secretAccessKey] = [...CREDENTIALS][0]!

export function readTask(): Task {
  return JSON.parse(process.argv[2] ?? '') as Task
}

/** What mysql2 takes. */
export function connectionOptions({ tls, ...access }: Access): ConnectionOptions {
  return { ...access, ...(tls && { ssl: { ca: tls.ca, minVersion: 'TLSv1.2', verifyIdentity: true } }) }
}

export function s3Client({ endpoint }: Pick<Task, 'endpoint'>): S3Client {
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    // Else a presigned URL would hold the checksum of no bytes at all.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    credentials: { accessKeyId, secretAccessKey },
  })
}

/** Prints the outcome of a side of Node. */
export function report(outcome: Outcome): void {
  console.log(JSON.stringify({ peakRssMB: peakRssMB(), ...outcome }))
}

/** Of this program. What `maxRSS` has may be the peak of the process that started it, see getrusage(2) and execve(2). */
function peakRssMB(): number {
  const fromLinux = existsSync(STATUS) && /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(STATUS, 'latin1'))
  const kilobytes = fromLinux ? Number(fromLinux[1]) : process.resourceUsage().maxRSS
  return Math.round(kilobytes / 1024)
}
