/** Writes each package as it will be published into its folder under `dist/`. */
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bundlePlainHandlers } from '../cdk/bundles.ts'
import { bundleElement } from './element.ts'
import { checkImports } from './imports.ts'
import { type Manifest, publishedManifest } from './manifest.ts'
import { PACKAGES, type Package } from './packages.ts'

const ROOT = join(import.meta.dirname, '..')
export const DIST = join(ROOT, 'dist')
const BUILD = join(DIST, '.build')

/** @returns the packages' folders. @throws if one would lack something that it imports */
export function stageAll(): string[] {
  rmSync(DIST, { recursive: true, force: true })
  for (const project of ['tsconfig.json', 'tsconfig.browser.json']) {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    execFileSync(process.execPath, [tsc, '-p', join(import.meta.dirname, project)], { stdio: 'inherit' })
  }
  bundleElement(join(BUILD, 'client/element'))
  try {
    return PACKAGES.map(stage)
  } finally {
    rmSync(BUILD, { recursive: true })
  }
}

function stage(pack: Package): string {
  const target = join(DIST, pack.name.replace('@', '').replace('/', '-'))
  for (const part of pack.parts) {
    const compiled = globSync(`${part}/**/*.{js,js.map,d.ts}`, { cwd: BUILD })
    for (const file of compiled) if (!pack.without.some((pattern) => pattern.test(file))) copy(BUILD, file, target)
  }
  for (const file of pack.copied) copy(ROOT, file, target)
  if (pack.bundles) bundlePlainHandlers(join(target, 'bundles'))
  cpSync(join(ROOT, pack.folder, 'README.md'), join(target, 'README.md'))
  cpSync(join(ROOT, 'LICENSE'), join(target, 'LICENSE'))
  const manifest = JSON.parse(readFileSync(join(ROOT, pack.folder, 'package.json'), 'utf8')) as Manifest
  const files = readdirSync(target).filter((name) => !['README.md', 'LICENSE'].includes(name))
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(publishedManifest(manifest, pack, files), null, 2)}\n`)
  checkImports(target)
  return target
}

function copy(from: string, file: string, target: string) {
  mkdirSync(dirname(join(target, file)), { recursive: true })
  cpSync(join(from, file), join(target, file))
}
