/** The sides of the comparison. */
import { fileURLToPath } from 'node:url'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { SideName } from './arguments.ts'
import { carryout } from './carryout-side.ts'
import { cClient, databaseClient, mydumper, outfile, throughTool } from './client-sides.ts'
import { duckdb } from './duckdb-side.ts'
import { on } from './processors.ts'
import { runSide } from './program.ts'
import type { Program, Programs } from './programs.ts'
import type { Side } from './side.ts'
import { s3Client } from './task.ts'

export interface SideOptions {
  /** Path of the program for `databaseClient`; by default `mariadb` or `mysql`. */
  client?: string | undefined
  programs: Programs
}

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

export function allSides({ client, programs }: SideOptions): Record<SideName, Side> {
  const sides = [
    carryout('carryout', 'MySQL → CSV → multipart upload to S3, verified', {}, true),
    cClient(programs),
    outfile,
    mydumper(programs),
    databaseClient(programs, client),
    nodeSide('limit', 'peers/limit.ts', {
      what: 'the same rows read from the socket in Node and thrown away',
      peerOf: 'carryout',
    }),
    carryout('libStorage', 'carryout, but as a stream through lib-storage’s Upload', { upload: 'stream' }),
    carryout('carryoutRow', 'with a row function that masks e-mails', { row: true }),
    carryout('carryoutTwoRanges', 'in two ranges, each in its own process, on all processors', { ranges: 2 }),
    carryout('carryoutGzip', 'as gzip', { compression: 'gzip' }),
    throughTool('gzip', ['-1'], 'carryoutGzip', { programs, client }),
    carryout('carryoutZstd', 'as zstd', { compression: 'zstd' }),
    throughTool('zstd', ['-2', '-T1', '-q'], 'carryoutZstd', { programs, client }),
    carryout('carryoutJsonl', 'as JSON Lines', { format: 'jsonl' }),
    carryout('carryoutParquet', 'as Parquet', { format: 'parquet' }, true),
    duckdb,
    carryout('carryoutXlsx', 'as XLSX', { format: 'xlsx' }),
    nodeSide('exceljs', 'peers/exceljs.ts', {
      what: 'mysql2 stream → exceljs’s streaming writer → lib-storage Upload',
      peerOf: 'carryoutXlsx',
      mostRows: 200_000,
    }),
    pythonSide('xlsxwriter', 'peers/python_xlsx.py', programs, {
      what: 'PyMySQL → XlsxWriter, constant memory → file',
      peerOf: 'carryoutXlsx',
      mostRows: 200_000,
    }),
    nodeSide('usualNode', 'peers/usual-node.ts', {
      what: 'mysql2 stream → csv-stringify → lib-storage Upload',
      peerOf: 'carryout',
      mostRows: 1_000_000,
    }),
    pythonSide('python', 'peers/python.py', programs, {
      what: 'SQLAlchemy + PyMySQL → csv → file → upload',
      peerOf: 'carryout',
      mostRows: 500_000,
    }),
  ]
  return Object.fromEntries(sides.map((side) => [side.name, side])) as Record<SideName, Side>
}

type Comparison = Pick<Side, 'what' | 'peerOf' | 'mostRows'>

function nodeSide(name: string, script: string, side: Comparison): Side {
  return {
    name,
    ...side,
    obstacle: async () => null,
    run: (task, { processors }) => runSide(on(processors?.exporter ?? null, [process.execPath, path(script)]), task),
  }
}

function pythonSide(name: string, script: string, programs: Programs, side: Comparison): Side {
  let python: Program
  return {
    name,
    ...side,
    async obstacle() {
      const test = ['-c', 'import sqlalchemy, pymysql, xlsxwriter']
      const found = await programs.find('python', [
        { command: 'python3', test },
        { command: '/usr/bin/python3', test },
      ])
      if (typeof found === 'string') return `Python has no SQLAlchemy, PyMySQL and XlsxWriter: ${found}`
      python = found
      return null
    },
    async run(task, { processors }) {
      const command = new PutObjectCommand({ Bucket: task.bucket, Key: task.key })
      const uploadUrl = await getSignedUrl(s3Client(task), command, { expiresIn: 3600 })
      const started = on(processors?.exporter ?? null, [python.command, path(script)])
      return runSide(started, { ...task, uploadUrl }, python.env)
    },
  }
}
