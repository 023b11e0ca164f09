/** `carryout local`: runs the user's app on this machine until Ctrl-C. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { type Cloud, explainFault, readAssembly } from '@carryout/local'
import { appRoot } from '../cdk/catalogue.ts'
import { DEFAULT_STATE, LOCAL_FILE, type LocalFile } from '../terminal/local-place.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { appCommand, synthesizeApp } from './app.ts'
import { bannerOf } from './banner.ts'
import { carryoutStacks, databaseName } from './catalogue-functions.ts'
import { Interrupted } from './interrupted.ts'
import { startLaptop } from './laptop.ts'
import { checkSeed, SeedFailed, seedDatabase } from './seed.ts'
import { watchCatalogues } from './watch.ts'

export interface LocalOptions {
  /** The port on 127.0.0.1; 0 lets the system choose. */
  port: number
  /** The state directory. */
  state: string
  /** A SQL file for the throwaway database. */
  seed: string | undefined
  /** A synthesized assembly instead of the app's. */
  assembly: string | undefined
  databaseUrl: string | undefined
  /** The throwaway server's product: `mysql`, `mariadb`, or one with a version. */
  databaseProduct: string | undefined
}

/** Resolves when the cloud has stopped. @throws the errors of `startCloud`, SynthFailed, AppUnfit, SeedFailed, Interrupted */
export async function runLocal(options: LocalOptions, terminal: Terminal): Promise<void> {
  const { databaseUrl, seed } = options
  if (seed !== undefined && databaseUrl !== undefined) {
    throw new SeedFailed(
      '--seed fills a throwaway database, but DATABASE_URL is set to one of yours. Remove one of them.',
    )
  }
  if (seed !== undefined) checkSeed(seed)
  const interrupted = new AbortController()
  const stop = Promise.withResolvers<void>()
  const release = onInterrupt(terminal, () => {
    interrupted.abort(new Interrupted())
    stop.resolve()
  })
  // Files that functions and servers write are also private.
  process.umask(0o077)
  const forget = onFault(terminal, resolve(options.state))
  try {
    await using open = new AsyncDisposableStack()
    const { cloud, root, stacks, carryouts } = await boot(options, terminal, interrupted.signal)
    open.defer(() => cloud.stop())
    if (options.assembly === undefined) {
      const directory = join(cloud.stateDirectory, 'live')
      mkdirSync(directory, { recursive: true })
      open.defer(watchCatalogues({ cloud, stacks, root, directory, onProgress: terminal.note }))
    }
    open.defer(noteLocal(cloud, carryouts[0]))
    const isFoundHere = resolve(options.state) === resolve(DEFAULT_STATE)
    for (const line of bannerOf({ cloud, carryouts, isFoundHere })) terminal.print(line)
    await stop.promise
  } finally {
    release()
    forget()
  }
}

async function boot(options: LocalOptions, { note }: Terminal, signal: AbortSignal) {
  const stateDirectory = resolve(options.state)
  const root = appRoot()
  const assembly = resolve(options.assembly ?? join(stateDirectory, 'assembly'))
  const readApp = () => {
    const stacks = readAssembly(assembly)
    return { stacks, carryouts: carryoutStacks(stacks) }
  }
  const synthesized = async (synthesis: AbortSignal | undefined) => {
    await synthesizeApp(root, { directory: assembly, signal: synthesis, onProgress: note })
    readApp()
    return assembly
  }
  // What is missing is reported before anything is made.
  if (options.assembly === undefined) appCommand(root)
  else readApp()
  const cloud = await startLaptop({
    port: options.port,
    stateDirectory,
    assembly: options.assembly === undefined ? synthesized : assembly,
    database: databaseName,
    stackName: () => readApp().carryouts[0],
    databaseUrl: options.databaseUrl,
    databaseProduct: options.databaseProduct,
    onProgress: note,
    signal,
  })
  try {
    if (options.seed !== undefined && (await seedDatabase(cloud, options.seed))) {
      note(`Filled the database from ${basename(options.seed)}`)
    }
    return { cloud, root, ...readApp() }
  } catch (error) {
    await cloud.stop()
    throw error
  }
}

/** Records the address for `--local`. @returns a function that removes the record */
function noteLocal({ endpointUrl, region, stateDirectory }: Cloud, stackName: string): () => void {
  const path = join(stateDirectory, LOCAL_FILE)
  writeFileSync(path, JSON.stringify({ endpointUrl, region, stackName } satisfies LocalFile))
  return () => rmSync(path, { force: true })
}

/** @returns a function that stops listening */
function onInterrupt({ note }: Terminal, act: () => void): () => void {
  let asked = false
  const listener = () => {
    if (asked) process.exit(130)
    asked = true
    note('Stopping … (again to stop at once)')
    act()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, listener)
  return () => {
    for (const signal of signals) process.off(signal, listener)
  }
}

/** Handles an error outside of any request; the message says what to do. @returns a function that stops handling */
function onFault({ note }: Terminal, stateDirectory: string): () => void {
  const listener = (error: unknown) => {
    const explained = explainFault(error, stateDirectory)
    note(explained === undefined ? String((error as Error)?.stack ?? error) : `carryout: ${explained}`)
    process.exit(1)
  }
  process.on('uncaughtException', listener)
  return () => process.off('uncaughtException', listener)
}
