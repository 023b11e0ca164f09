/**
 * Updates the functions of a running local cloud when the app's exports change: an edited export is used by the next
 * request.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { type FSWatcher, mkdtempSync, readFileSync, rmSync, watch } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { type Cloud, childEnvironment, type StackTemplate } from '@carryout/local'
import { type CatalogueFunction, catalogueFunctions } from './catalogue-functions.ts'

/** An editor writes a file in several steps. */
const QUIET_MILLIS = 100
const REBUNDLE = join(import.meta.dirname, `rebundle${extname(import.meta.filename)}`)

export interface WatchOptions {
  cloud: Cloud
  stacks: readonly StackTemplate[]
  /** The folder with `cdk.json`. */
  root: string
  /** The folder for bundles. */
  directory: string
  onProgress(line: string): void
}

/** @returns a function that stops watching */
export function watchCatalogues(options: WatchOptions): () => void {
  const byCatalogue = Map.groupBy(catalogueFunctions(options.stacks), ({ catalogue }) => catalogue)
  const watches = [...byCatalogue].map(([catalogue, functions]) => watchCatalogue(catalogue, functions, options))
  return () => {
    for (const stop of watches) stop()
  }
}

function watchCatalogue(catalogue: string, functions: CatalogueFunction[], options: WatchOptions): () => void {
  const { cloud, root, directory, onProgress } = options
  const file = resolve(root, catalogue)
  const watchers = new Map<string, FSWatcher>()
  const live = functions.map(({ handler, asset }) => {
    const deployed = cloud.lambda.listFunctions().filter(({ codeDirectory }) => basename(codeDirectory) === asset)
    return {
      handler,
      names: deployed.map(({ name }) => name),
      hash: deployed[0] ? hashOf(deployed[0].codeDirectory) : '',
    }
  })
  let timer: NodeJS.Timeout | undefined
  let running = false
  let again = false
  let stopped = false
  let problem = ''

  function follow(files: string[]) {
    for (const folder of new Set([file, ...files].map(dirname))) {
      if (watchers.has(folder)) continue
      watchers.set(
        folder,
        watch(folder, changed).on('error', () => watchers.delete(folder)),
      )
    }
  }

  function changed() {
    clearTimeout(timer)
    timer = setTimeout(() => void refresh(true), QUIET_MILLIS)
  }

  async function refresh(tell: boolean) {
    if (running) {
      again = true
      return
    }
    running = true
    const outdir = mkdtempSync(join(directory, 'bundles-'))
    try {
      const inputs = await rebundle(file, root, outdir)
      if (stopped) return
      follow(inputs)
      if (replace(outdir) && tell) onProgress(`${catalogue} has changed and will be used by the next request.`)
      else if (problem !== '') onProgress(`${catalogue} is right again.`)
      problem = ''
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (!stopped && message !== problem)
        onProgress(`${message}\nUntil it is fixed, requests use the last working version.`)
      problem = message
      rmSync(outdir, { recursive: true, force: true })
    } finally {
      running = false
    }
    if (again && !stopped) {
      again = false
      await refresh(tell)
    }
  }

  /** @returns whether the code of any function has changed */
  function replace(outdir: string): boolean {
    const stale = live.filter(({ handler, hash }) => hashOf(join(outdir, handler)) !== hash)
    for (const known of stale) {
      const codeDirectory = join(outdir, known.handler)
      known.hash = hashOf(codeDirectory)
      for (const name of known.names) {
        cloud.lambda.createFunction({ ...cloud.lambda.getFunction(name), codeDirectory })
      }
    }
    return stale.length > 0
  }

  follow([])
  void refresh(false)
  return () => {
    stopped = true
    clearTimeout(timer)
    for (const watcher of watchers.values()) watcher.close()
  }
}

function hashOf(codeDirectory: string): string {
  return createHash('sha256')
    .update(readFileSync(join(codeDirectory, 'index.mjs')))
    .digest('hex')
}

/** @returns the files that the bundles were made from */
function rebundle(file: string, root: string, outdir: string): Promise<string[]> {
  return new Promise((done, fail) => {
    const options = { cwd: root, env: childEnvironment() }
    execFile(process.execPath, [REBUNDLE, file, root, outdir], options, (error, stdout, stderr) => {
      if (error) fail(new Error(stderr.trim() || error.message))
      else done(JSON.parse(stdout) as string[])
    })
  })
}
