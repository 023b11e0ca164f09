/** The package lists from which a server is taken. */
import { existsSync } from 'node:fs'
import { run } from './run.ts'

/**
 * The source of packages: either the machine's own package lists, for a server that uses the machine's libraries; or
 * another suite of its mirror with all libraries including the C library, because the machine's are older.
 */
export type PackageSource =
  | { kind: 'machine'; freshLists: boolean }
  | { kind: 'suite'; mirror: string; suite: string; keyring: string }

const KEYRINGS = ['gpg', 'pgp'].map((ending) => `/usr/share/keyrings/debian-archive-keyring.${ending}`)

/**
 * Debian's unstable suite on this machine's mirror, the only suite with a current MySQL. Undefined if the machine does
 * not run Debian or has no mirror.
 */
export async function debianUnstable(release: { id: string; codename: string }): Promise<PackageSource | undefined> {
  if (release.id !== 'debian') return undefined
  const format = '$(RELEASE) $(COMPONENT) $(REPO_URI)'
  const { output } = await run('apt-get', ['indextargets', '--no-release-info', '--format', format])
  const targets = output.split('\n').map((line) => line.split(' '))
  const suites = [release.codename, 'stable', 'oldstable', 'testing', 'sid', 'unstable']
  const mirror = targets.find(([suite, component]) => component === 'main' && suites.includes(suite!))?.[2]
  const keyring = KEYRINGS.find((file) => existsSync(file))
  if (!mirror || !keyring) return undefined
  return { kind: 'suite', mirror, suite: 'unstable', keyring }
}
