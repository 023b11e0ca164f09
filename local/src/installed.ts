/** Finds a package whose modules are loaded by path. */
import { findPackageJSON } from 'node:module'
import { dirname } from 'node:path'

/** @returns the package's folder. @throws Error if it is not installed */
export function folderOfPackage(name: string): string {
  const manifest = findPackageJSON(name, import.meta.url)
  if (manifest) return dirname(manifest)
  throw new Error(`The package ${name} is missing, so this installation is incomplete. Install the packages again.`)
}
