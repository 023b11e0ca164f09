/** Reads the certificate authority for the database's certificate, if it is not one of the well-known ones. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { readDatabaseSecret } from './database-account.ts'

/** @returns PEM; undefined if the settings have no authority */
export async function readAuthority(from: {
  /** File name, beside the function's code. */
  file: string | undefined
  secretArn: string | undefined
}): Promise<string | undefined> {
  if (from.file !== undefined) return await readFile(resolve(process.env.LAMBDA_TASK_ROOT ?? '', from.file), 'utf8')
  if (from.secretArn === undefined) return undefined
  return await readDatabaseSecret(from.secretArn, 'The secret of the database’s certificate authority')
}
