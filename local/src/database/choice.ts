/** The wanted database server: a product, optionally with the beginning of a version. */
import { DatabaseUnusable } from './errors.ts'

export type Flavour = 'mariadb' | 'mysql'

export interface DatabaseChoice {
  flavour: Flavour
  /** Compared part by part: `8` accepts 8.0.36 and 8.4.2, `8.0` only the former. */
  version?: string
}

/**
 * Parses `mysql`, `mariadb`, `mysql-9`, `mariadb-11.8`, as in CARRYOUT_DATABASE.
 *
 * @throws DatabaseUnusable with the possible choices
 */
export function parseChoice(text: string): DatabaseChoice {
  const [, flavour, version] = /^(mysql|mariadb)(?:-(\d+(?:\.\d+)*))?$/.exec(text.trim().toLowerCase()) ?? []
  if (flavour === undefined) {
    throw new DatabaseUnusable(
      `CARRYOUT_DATABASE must be mysql or mariadb, or one of them with a version such as mysql-9 or mariadb-11.8, not ${JSON.stringify(text)}.`,
    )
  }
  return { flavour: flavour as Flavour, ...(version !== undefined && { version }) }
}

export function choiceName({ flavour, version }: DatabaseChoice): string {
  return version === undefined ? flavour : `${flavour}-${version}`
}

/** @param version as reported by a server or a package: `8.0.36`, `10.11.19-MariaDB`, `1:11.8.9+ds-4` */
export function fits(choice: DatabaseChoice | undefined, { flavour, version }: { flavour: Flavour; version: string }) {
  if (choice === undefined) return true
  if (choice.flavour !== flavour) return false
  const [wanted, had] = [choice.version ?? '', version.replace(/^\d+:/, '')].map((text) => text.split(/[^\d]+/))
  return choice.version === undefined || wanted!.every((part, index) => part === had![index])
}
