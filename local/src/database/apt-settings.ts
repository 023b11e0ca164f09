/** Configures apt to work in a private directory. */
import { join } from 'node:path'
import { ServerFailed } from './errors.ts'
import type { PackageSource } from './package-source.ts'

/**
 * Returns an apt.conf(5). The sandbox user could not write into a private directory; the disabled hooks refresh what
 * only root may. Unsigned packages are refused, whatever the machine's own configuration allows.
 */
export function aptSettings(directory: string, source: PackageSource): string {
  const place = (name: string) => quote(join(directory, name))
  const lines = [
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
    'APT::Sandbox::User "root";',
    'APT::Get::AllowUnauthenticated "false";',
    'Acquire::AllowInsecureRepositories "false";',
    'Acquire::AllowWeakRepositories "false";',
    'Acquire::AllowDowngradeToInsecureRepositories "false";',
    'Acquire::Languages "none";',
    'Acquire::Retries "2";',
    'Acquire::http::Timeout "20";',
    'Acquire::https::Timeout "20";',
    `Dir::Cache ${place('cache')};`,
    // Container images disable these caches, and then each call of apt would parse the lists again.
    'Dir::Cache::pkgcache "pkgcache.bin";',
    'Dir::Cache::srcpkgcache "srcpkgcache.bin";',
  ]
  if (source.kind === 'suite') {
    lines.push(
      'APT::Update::Error-Mode "any";',
      'APT::Default-Release "";',
      `Dir::State::lists ${place('lists')};`,
      `Dir::State::status ${place('status')};`,
      `Dir::Etc::sourcelist ${place('carryout.sources')};`,
      'Dir::Etc::sourceparts "/dev/null";',
      'Dir::Etc::preferences "/dev/null";',
      'Dir::Etc::preferencesparts "/dev/null";',
    )
  } else if (source.freshLists) lines.push(`Dir::State::lists ${place('lists')};`)
  return `${lines.join('\n')}\n`
}

/** apt.conf has no escape for a quote, so a path that contains one is refused. */
function quote(path: string): string {
  if (path.includes('"')) throw new ServerFailed(`apt cannot work in a directory with a quote in its name: ${path}`)
  return `"${path}"`
}
