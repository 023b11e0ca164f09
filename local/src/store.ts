/**
 * The state directory's database: what must outlive a `kill -9` of the local cloud. Each service owns its tables and
 * creates them itself.
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
 * Opens (or creates) the database of a state directory.
 *
 * @throws StateUnusable when the directory or its database cannot be read.
 */
export function openStore(stateDirectory: string): DatabaseSync {
  try {
    makeStateDirectory(stateDirectory)
    refuseEmptied(stateDirectory)
    const store = new DatabaseSync(join(stateDirectory, 'carryout.db'))
    // WAL with synchronous=NORMAL survives the death of the process at any point, which is what the local cloud
    // promises; only a power cut may lose the last transactions (https://sqlite.org/pragma.html#pragma_synchronous).
    store.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000')
    checkDatabase(store)
    return store
  } catch (error) {
    throw stateUnusable(stateDirectory, error)
  }
}

/** Taken for a new one, a database that was cut to nothing would have the bytes of all files swept away. */
function refuseEmptied(stateDirectory: string) {
  const path = join(stateDirectory, 'carryout.db')
  const isEmpty = existsSync(path) && statSync(path).size === 0
  if (isEmpty && existsSync(join(stateDirectory, 's3'))) throw new Error('carryout.db is empty')
}

/** What a state directory may hold before it is one: a synthesized assembly, or the database server's data. */
const OWN = new Set(['assembly', 'database', 'live', 'outbox', 'lock.db', 'lock.db-journal', 'owner.pid'])

/**
 * Only its user may look into it: secrets lie there, and files full of somebody's data.
 */
export function makeStateDirectory(stateDirectory: string) {
  if (existsSync(stateDirectory) && !statSync(stateDirectory).isDirectory()) throw new Error('it is not a directory')
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 })
  closeToOthers(stateDirectory)
}

/** @throws Error where it is a directory of something else, which is left as it is */
export function refuseForeign(stateDirectory: string) {
  if (!existsSync(stateDirectory) || !statSync(stateDirectory).isDirectory()) return
  const entries = readdirSync(stateDirectory)
  const foreign = entries.includes('carryout.db') ? undefined : entries.find((name) => !OWN.has(name))
  if (foreign === undefined) return
  throw new Error(`it holds ${foreign}, which is not the local cloud’s. A state directory must be new or empty`)
}

/** One that was there may have been open to others, and what lies in it, too. */
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
 * Called before the database is opened, which takes the whole frames of its write-ahead log and passes over the rest.
 *
 * @returns a sentence where the log ends within a frame (https://sqlite.org/fileformat2.html#the_write_ahead_log)
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

/** A larger one takes too long to be read through at each start; what is damaged in it is met later. */
const CHECKED_BYTES = 64 * 1024 * 1024

/** @throws Error where SQLite finds the database damaged. */
export function checkDatabase(database: DatabaseSync) {
  const { bytes } = database
    .prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size')
    .get() as { bytes: number }
  if (bytes > CHECKED_BYTES) return
  const check = database.prepare('PRAGMA quick_check').get() as { quick_check: string }
  if (check.quick_check === 'ok') return
  // A heading, then a line for each fault: one will do.
  const fault = check.quick_check.split('\n').find((line) => !line.startsWith('***'))
  throw new Error(`its database is damaged (${fault})`)
}

/** What of a state directory is damaged, and what its loss means. */
export interface Part {
  /** Below the state directory; `null` is the whole. */
  path: string | null
  /** Empty where nothing is. */
  lost: string
  kept: string
}

const STORE: Part = {
  path: null,
  lost: 'executions, logs, mails and the names of files',
  kept: 'The bytes of the files are in s3/blobs, without their names; requests that wait are in messaging; mails are in outbox, too.',
}

/** What to say when something in a state directory cannot be read. */
export function stateUnusable(stateDirectory: string, error: unknown, part = STORE): StateUnusable {
  const reason = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
  const where = part.path === null ? stateDirectory : join(stateDirectory, part.path)
  return new StateUnusable(`The state directory ${where} cannot be used: ${reason}. ${advice()}`, { cause: error })

  function advice(): string {
    if (isDiskFull(error)) return 'Make room on its disk and start again: nothing is lost.'
    // Nobody is told to delete what the local cloud did not make.
    if (!existsSync(join(stateDirectory, 'carryout.db'))) return 'Name another with --state <dir>.'
    if (/EACCES|EPERM|EROFS|EMFILE|readonly/.test(reason)) return 'Nothing of it is lost.'
    if (part.lost === '') return `${part.kept} Delete ${where} and start again, or name another with --state <dir>.`
    return `Lost are ${part.lost}. ${part.kept} Delete ${where} to start afresh, or name another with --state <dir>.`
  }
}
