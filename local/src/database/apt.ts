/** Debian's and Ubuntu's package manager, used as any user: it resolves, downloads and verifies, but installs nothing. */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ServerFailed } from './errors.ts'
import { type Outcome, run } from './run.ts'

export interface Apt {
  /** The newest of the named packages that can be had, with its version. */
  candidate(): Promise<{ package: string; version: string } | undefined>
  /** Downloads a package and whatever it needs that this machine lacks; the paths of the .deb files. */
  download(name: string, directory: string): Promise<string[]>
}

export async function hasApt(): Promise<boolean> {
  const outcomes = await Promise.all([run('apt-get', ['--version']), run('dpkg-deb', ['--version'])])
  return outcomes.every(({ code }) => code === 0)
}

/**
 * @param directory a private directory for what apt writes
 * @param options.freshLists fetch the package lists into the private directory instead of using the machine's: in a
 * fresh container there are none, and old ones name versions that the mirror no longer has
 */
export async function openApt(
  directory: string,
  options: { freshLists: boolean; signal?: AbortSignal | undefined },
): Promise<Apt> {
  const { freshLists, signal } = options
  const lists = join(directory, 'lists')
  await mkdir(join(lists, 'partial'), { recursive: true })
  await mkdir(join(directory, 'cache', 'archives', 'partial'), { recursive: true })
  const configuration = join(directory, 'apt.conf')
  await writeFile(configuration, settings(directory, freshLists ? lists : undefined))

  const apt = (tool: string, args: string[], cwd?: string): Promise<Outcome> =>
    run(tool, ['-c', configuration, ...args], {
      cwd,
      signal,
      env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    })
  const must = async (what: string, outcome: Promise<Outcome>): Promise<string> => {
    const { code, output, error } = await outcome
    if (code === 0) return output
    const reasons = error.split('\n').filter((line) => line.startsWith('E: ') || line.includes('unmet dependencies'))
    throw new ServerFailed(`apt-get could not ${what}: ${reasons.join(' ') || error.trim() || output.trim()}`)
  }

  if (freshLists) await must('fetch the package lists', apt('apt-get', ['-q', 'update']))

  return {
    async candidate() {
      const search = await apt('apt-cache', ['search', '--names-only', '^(mariadb|mysql)-server-core(-[0-9.]+)?$'])
      const names = search.output.split('\n').flatMap((line) => line.split(' ')[0] || [])
      const name = names.sort(byPreference)[0]
      if (name === undefined) return undefined
      const policy = await apt('apt-cache', ['policy', name])
      const version = /Candidate: (\S+)/.exec(policy.output)?.[1]
      return version === undefined || version === '(none)' ? undefined : { package: name, version }
    },
    async download(name, target) {
      const plan = await must(
        'work out what the database server needs',
        apt('apt-get', ['--simulate', '--no-install-recommends', 'install', name]),
      )
      // `Inst libaio1 (0.3.113-4 Debian:12.5/stable [amd64])`, with `[installed version]` before an upgrade's parenthesis
      const needed = [...plan.matchAll(/^Inst (\S+) (?:\[[^\]]*\] )?\((\S+) /gm)].map(
        (found) => `${found[1]}=${found[2]}`,
      )
      // One that is installed but does not run here: apt would have nothing to do.
      if (!needed.some((wanted) => wanted.startsWith(`${name}=`))) needed.push(name)
      await must('download the database server', apt('apt-get', ['-q', 'download', ...needed], target))
      return (await readdir(target)).filter((file) => file.endsWith('.deb')).map((file) => join(target, file))
    },
  }
}

/** MariaDB before MySQL (smaller, quicker to start); the unversioned package, which is the release's own, first. */
function byPreference(one: string, other: string): number {
  const rank = (name: string) => (name.startsWith('mariadb') ? 0 : 2) + (/\d$/.test(name) ? 1 : 0)
  return rank(one) - rank(other) || other.localeCompare(one, 'en', { numeric: true })
}

/** apt.conf(5). The sandbox user could not write into a private directory; the hooks refresh what only root may. */
function settings(directory: string, lists: string | undefined): string {
  return `
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
Dir::Cache ${quote(join(directory, 'cache'))};
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
${lists === undefined ? '' : `Dir::State::lists ${quote(lists)};`}
`
}

/** apt.conf knows no escape for a quote; a path with one in it is refused rather than misread. */
function quote(path: string): string {
  if (path.includes('"')) throw new ServerFailed(`apt cannot work in a directory with a quote in its name: ${path}`)
  return `"${path}"`
}
