import { readFileSync } from 'node:fs'

/** Returns the package's version. */
export function version(): string {
  const json = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(json) as { version: string }).version
}
