/**
 * The state directory's database, for everything that must survive a `kill -9` of the local cloud. Each service owns
 * and creates its tables.
 */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isDiskFull } from './disk.ts'

/** The state directory cannot be used; the message says why and what to do. */
export class StateUnusable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StateUnusable'
  }
}

/**
 * Opens or creates the database of a state directory.
 *
 * @throws StateUnusable if the directory or its database cannot be read
 */
export function openStore(stateDirectory: string): DatabaseSync {
  try {
    makeStateDirectory(stateDirectory)
    refuseEmptied(stateDirectory)
    const store = new DatabaseSync(join(stateDirectory, 'carryout.db'))
    // WAL with synchronous=NORMAL survives a crash of the process at any point, as the local cloud promises; only a
    // power failure may lose the last transactions (https://sqlite.org/pragma.html#pragma_synchronous).
    store.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000')
    checkDatabase(store)
    return store
  } catch (error) {
    throw stateUnusable(stateDirectory, error)
  }
}

/** Refuses a truncated database. If it were taken for a new one, the data of all files would be deleted. */
function refuseEmptied(stateDirectory: string) {
  const path = join(stateDirectory, 'carryout.db')
  const isEmpty = existsSync(path) && statSync(path).size === 0
  if (isEmpty && existsSync(join(stateDirectory, 's3'))) throw new Error('carryout.db is empty')
}

/**
 * What a state directory may contain before it has a database: a synthesized assembly, or the database server's data.
 */
const OWN = new Set(['assembly', 'database', 'live', 'outbox', 'lock.db', 'lock.db-journal', 'owner.pid'])

/** Makes the directory private, because it contains secrets and files with personal data. */
export function makeStateDirectory(stateDirectory: string) {
  if (existsSync(stateDirectory) && !statSync(stateDirectory).isDirectory()) throw new Error('it is not a directory')
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 })
  closeToOthers(stateDirectory)
}

/** @throws Error if the directory contains something else, which is left unchanged */
export function refuseForeign(stateDirectory: string) {
  if (!existsSync(stateDirectory) || !statSync(stateDirectory).isDirectory()) return
  const entries = readdirSync(stateDirectory)
  const foreign = entries.includes('carryout.db') ? undefined : entries.find((name) => !OWN.has(name))
  if (foreign === undefined) return
  throw new Error(`it holds ${foreign}, which is not the local cloud’s. A state directory must be new or empty`)
}

/** Makes an existing directory private with all of its content. */
function closeToOthers(directory: string) {
  const { mode } = statSync(directory)
  if ((mode & 0o077) === 0) return
  chmodSync(directory, 0o700)
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isDirectory() && !entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    chmodSync(path, statSync(path).mode & 0o700)
  }
}

const WAL_HEADER_BYTES = 32
const WAL_FRAME_HEADER_BYTES = 24

/**
 * Checks for a truncated write-ahead log. Called before the database is opened, which applies the log's complete frames
 * and ignores the rest.
 *
 * @returns a sentence if the log ends within a frame (https://sqlite.org/fileformat2.html#the_write_ahead_log)
 */
export function cutLogNotice(stateDirectory: string): string | undefined {
  const path = join(stateDirectory, 'carryout.db-wal')
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (bytes === 0) return undefined
  const header = Buffer.alloc(WAL_HEADER_BYTES)
  const file = openSync(path, 'r')
  readSync(file, header)
  closeSync(file)
  const frameBytes = WAL_FRAME_HEADER_BYTES + header.readUInt32BE(8)
  if (bytes >= WAL_HEADER_BYTES && (bytes - WAL_HEADER_BYTES) % frameBytes === 0) return undefined
  return `${path} was cut in the middle of a step. That step is lost, and whatever was cut off after it; everything before it is kept, and executions go on from there.`
}

/** Checking a larger database at each start takes too long; damage in it is found later. */
const CHECKED_BYTES = 64 * 1024 * 1024

/** @throws Error if SQLite finds the database damaged */
export function checkDatabase(database: DatabaseSync) {
  const { bytes } = database
    .prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size')
    .get() as { bytes: number }
  if (bytes > CHECKED_BYTES) return
  const check = database.prepare('PRAGMA quick_check').get() as { quick_check: string }
  if (check.quick_check === 'ok') return
  // A heading, then one line per problem; the first suffices.
  const fault = check.quick_check.split('\n').find((line) => !line.startsWith('***'))
  throw new Error(`its database is damaged (${fault})`)
}

/** A part of a state directory that is damaged, and what its loss means. */
export interface Part {
  /** Path within the state directory; `null` is the whole directory. */
  path: string | null
  /** Empty if nothing is lost. */
  lost: string
  kept: string
}

const STORE: Part = {
  path: null,
  lost: 'executions, logs, mails and the names of files',
  kept: 'The bytes of the files are in s3/blobs, without their names; requests that wait are in messaging; mails are in outbox, too.',
}

/** Makes the error for something in a state directory that cannot be read. */
export function stateUnusable(stateDirectory: string, error: unknown, part = STORE): StateUnusable {
  const reason = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
  const where = part.path === null ? stateDirectory : join(stateDirectory, part.path)
  return new StateUnusable(`The state directory ${where} cannot be used: ${reason}. ${advice()}`, { cause: error })

  function advice(): string {
    if (isDiskFull(error)) return 'Make room on its disk and start again: nothing is lost.'
    // Do not advise deleting what the local cloud did not create.
    if (!existsSync(join(stateDirectory, 'carryout.db'))) return 'Name another with --state <dir>.'
    if (/EACCES|EPERM|EROFS|EMFILE|readonly/.test(reason)) return 'Nothing of it is lost.'
    if (part.lost === '') return `${part.kept} Delete ${where} and start again, or name another with --state <dir>.`
    return `Lost are ${part.lost}. ${part.kept} Delete ${where} to start afresh, or name another with --state <dir>.`
  }
}
