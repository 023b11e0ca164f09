/** The certificate authority that the database's certificate is verified against, where it is not one that everybody knows. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { readDatabaseSecret } from './database-account.ts'

/** @returns PEM; undefined where the settings name none */
export async function readAuthority(from: {
  /** Beside the function's code. */
  file: string | undefined
  secretArn: string | undefined
}): Promise<string | undefined> {
  if (from.file !== undefined) return await readFile(resolve(process.env.LAMBDA_TASK_ROOT ?? '', from.file), 'utf8')
  if (from.secretArn === undefined) return undefined
  return await readDatabaseSecret(from.secretArn, 'The secret of the database’s certificate authority')
}
