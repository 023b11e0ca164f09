/**
 * Runs the package manager of Debian and Ubuntu as any user. It resolves, downloads and verifies packages, but installs
 * nothing.
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { childEnvironment } from '../child-environment.ts'
import { aptSettings } from './apt-settings.ts'
import { type DatabaseChoice, type Flavour, fits } from './choice.ts'
import { ServerFailed } from './errors.ts'
import type { PackageSource } from './package-source.ts'
import { type Outcome, run } from './run.ts'

export interface PackageCandidate {
  package: string
  version: string
  flavour: Flavour
}

export interface Apt {
  /** The preferred server package, MySQL unless chosen otherwise; undefined if the lists have none. */
  candidate(choice: DatabaseChoice | undefined): Promise<PackageCandidate | undefined>
  /**
   * Downloads packages with their dependencies; returns the paths of the .deb files, each verified against the signed
   * lists.
   */
  download(names: readonly string[], directory: string): Promise<string[]>
}

export async function hasApt(): Promise<boolean> {
  const outcomes = await Promise.all([run('apt-get', ['--version']), run('dpkg-deb', ['--version'])])
  return outcomes.every(({ code }) => code === 0)
}

/**
 * @param directory a private directory for apt's files
 * @throws ServerFailed if package lists cannot be fetched, or their signature is not valid
 */
export async function openApt(directory: string, source: PackageSource, signal?: AbortSignal): Promise<Apt> {
  await mkdir(join(directory, 'lists', 'partial'), { recursive: true })
  await mkdir(join(directory, 'cache', 'archives', 'partial'), { recursive: true })
  const configuration = join(directory, 'apt.conf')
  await writeFile(configuration, aptSettings(directory, source))
  if (source.kind === 'suite') {
    const { mirror, suite, keyring } = source
    const stanza = { Types: 'deb', URIs: mirror, Suites: suite, Components: 'main', 'Signed-By': keyring }
    const lines = Object.entries(stanza).map(([name, value]) => `${name}: ${value}\n`)
    await writeFile(join(directory, 'carryout.sources'), lines.join(''))
    await writeFile(join(directory, 'status'), '') // As if nothing were installed, so that nothing is left out.
  }

  const apt = (tool: string, args: string[], cwd?: string): Promise<Outcome> =>
    run(tool, ['-c', configuration, ...args], {
      cwd,
      signal,
      env: childEnvironment({ LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' }),
    })
  const must = async (what: string, outcome: Promise<Outcome>): Promise<string> => {
    const { code, output, error } = await outcome
    if (code === 0) return output
    const reasons = error.split('\n').filter((line) => line.startsWith('E: ') || line.includes('unmet dependencies'))
    throw new ServerFailed(`apt-get could not ${what}: ${reasons.join(' ') || error.trim() || output.trim()}`)
  }

  if (source.kind === 'suite' || source.freshLists) {
    await must('fetch the package lists', apt('apt-get', ['-q', 'update']))
  }

  return {
    async candidate(choice) {
      const search = await apt('apt-cache', ['search', '--names-only', '^(mariadb|mysql)-server-core(-[0-9.]+)?$'])
      const names = search.output.split('\n').flatMap((line) => line.split(' ')[0] || [])
      for (const name of names.sort(byPreference)) {
        const flavour = name.startsWith('mysql') ? 'mysql' : 'mariadb'
        const policy = await apt('apt-cache', ['policy', name])
        const version = /Candidate: (\S+)/.exec(policy.output)?.[1]
        if (version !== undefined && version !== '(none)' && fits(choice, { flavour, version })) {
          return { package: name, version, flavour }
        }
      }
      return undefined
    },
    async download(names, target) {
      const plan = await must(
        `work out what ${names.join(', ')} needs`,
        apt('apt-get', ['--simulate', '--no-install-recommends', 'install', ...names]),
      )
      // `Inst libaio1 (0.3.113-4 Debian:12.5/stable [amd64])`, with `[installed version]` before an upgrade's parenthesis
      const needed = [...plan.matchAll(/^Inst (\S+) (?:\[[^\]]*\] )?\((\S+) /gm)]
        .filter(([, found]) => !ONLY_FOR_SCRIPTS.test(found!))
        .map(([, found, version]) => `${found}=${version}`)
      // A package that is installed but does not run here: apt would have nothing to do.
      needed.push(...names.filter((name) => !needed.some((wanted) => wanted.startsWith(`${name}=`))))
      await must(`download ${names.join(', ')}`, apt('apt-get', ['-q', 'download', ...needed], target))
      return (await readdir(target)).filter((file) => file.endsWith('.deb')).map((file) => join(target, file))
    },
  }
}

/** Unpacks downloaded packages without installing them. */
export async function extract(files: readonly string[], root: string, signal?: AbortSignal): Promise<void> {
  for (const file of files) {
    const { code, error } = await run('dpkg-deb', ['--extract', file, root], { signal })
    if (code !== 0) throw new ServerFailed(`dpkg-deb could not unpack ${file}: ${error.trim()}`)
  }
}

/** The packages' helper scripts need Perl; the server does not. */
const ONLY_FOR_SCRIPTS = /^(lib)?perl/

/** Sorts MySQL before MariaDB, then the unversioned package (the release's own), then the newest. */
function byPreference(one: string, other: string): number {
  const rank = (name: string) => (name.startsWith('mysql') ? 0 : 2) + (/\d$/.test(name) ? 1 : 0)
  return rank(one) - rank(other) || other.localeCompare(one, 'en', { numeric: true })
}
