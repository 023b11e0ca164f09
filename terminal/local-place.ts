/** The address of this folder's local cloud: `carryout local` writes it to a file, and `--local` reads it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const DEFAULT_STATE = '.carryout'
export const LOCAL_FILE = 'local.json'

export interface LocalFile {
  endpointUrl: string
  region: string
  stackName?: string | undefined
}

export interface LocalPlace {
  stackName: string | undefined
  aws: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } }
}

/** No local cloud runs in this folder. */
class NoLocalCloud extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'NoLocalCloud'
  }
}

/** @throws NoLocalCloud */
export function localPlace(folder = process.cwd()): LocalPlace {
  const path = join(folder, DEFAULT_STATE, LOCAL_FILE)
  try {
    const { endpointUrl, region, stackName } = JSON.parse(readFileSync(path, 'utf8')) as LocalFile
    // The local cloud accepts any account.
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    return { stackName, aws: { endpoint: endpointUrl, region, credentials } }
  } catch (error) {
    const sentence = 'No local cloud runs in this folder. Start it here with “npx carryout local”, in another terminal.'
    throw new NoLocalCloud(sentence, { cause: error })
  }
}
