/** The published modules of the elements, by name. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleElement } from '../../pack/element.ts'

export function elementModules(): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'carryout-element-'))
  try {
    bundleElement(folder)
    const names = readdirSync(folder).filter((name) => name.endsWith('.js'))
    return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
