/** Which package lists a server is taken from. */
import { existsSync } from 'node:fs'
import { run } from './run.ts'

/**
 * Where packages are taken from: the machine's own package lists, for a server that runs on the machine's libraries; or
 * one other suite of its mirror, with every library, the C library included, since the machine's are older.
 */
export type PackageSource =
  | { kind: 'machine'; freshLists: boolean }
  | { kind: 'suite'; mirror: string; suite: string; keyring: string }

const KEYRINGS = ['gpg', 'pgp'].map((ending) => `/usr/share/keyrings/debian-archive-keyring.${ending}`)

/**
 * Debian's unstable suite, on the mirror that this machine takes its own release from: the only suite with a current
 * MySQL. Undefined where the machine does not run Debian, or has no mirror of it.
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
