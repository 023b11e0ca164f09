/** Unpacks the code of an earlier commit, to compare it with the current code. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from '../../cdk/bundles.ts'
import { UsageError } from '../../terminal/usage-error.ts'

export interface Release {
  /** A tag, or the first characters of a commit's hash. */
  name: string
  /** Directory with the release's files and the current dependencies, so that only the code differs. */
  directory: string
}

/**
 * Unpacks a release into a directory that is deleted when this process ends.
 *
 * @param against a commit, branch or tag; by default the last release before this commit (`v…`), or the commit before if
 *   there is none yet
 * @throws UsageError if git does not know the commit
 */
export async function unpackRelease(against: string | undefined): Promise<Release> {
  const name = against ?? (await lastRelease())
  const commit = await git('rev-parse', '--verify', '--quiet', `${name}^{commit}`).catch(() => {
    throw new UsageError(`git has no commit ${name} here: fetch the whole history, or name one with --against`)
  })
  const directory = mkdtempSync(join(tmpdir(), 'carryout-release-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const archive = join(directory, 'release.tar')
  await git('archive', '--format=tar', `--output=${archive}`, commit)
  await promisify(execFile)('tar', ['-xf', archive, '-C', directory])
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
  return { name: name === commit ? commit.slice(0, 10) : name, directory }
}

async function lastRelease(): Promise<string> {
  return git('describe', '--tags', '--abbrev=0', '--match=v*', 'HEAD^')
    .catch(() => git('rev-parse', 'HEAD^'))
    .catch(() => {
      throw new UsageError('There is nothing to compare with: no release and no commit before. Name one with --against')
    })
}

async function git(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', args, { cwd: ROOT })
  return stdout.trim()
}
