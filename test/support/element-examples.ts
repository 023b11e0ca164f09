/** The examples of docs/element.md as compiled scripts for a page, each mounted in an element with the example's name as id. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { compileScript, parse } from 'vue/compiler-sfc'

const DOCUMENT = 'docs/element.md'
const ROOT = join(import.meta.dirname, '../..')

/** @param props the React example's props, which must be serializable as JSON */
export function reactScript(props: object): string {
  const mount = [
    `import { createRoot } from 'react-dom/client'`,
    `createRoot(document.getElementById('react')!).render(<Download {...${JSON.stringify(props)}} />)`,
  ]
  return bundled([exampleOf('tsx'), ...mount].join('\n'), 'tsx')
}

export function vueScript(): string {
  const { descriptor, errors } = parse(exampleOf('vue'))
  if (errors.length > 0) throw errors[0]
  const { content } = compileScript(descriptor, { id: 'example', inlineTemplate: true, genDefaultAs: 'Example' })
  return bundled(`import { createApp } from 'vue'\n${content}\ncreateApp(Example).mount('#vue')`, 'ts')
}

function exampleOf(language: string): string {
  const [, code] =
    new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(readFileSync(join(ROOT, DOCUMENT), 'utf8')) ?? []
  if (code === undefined) throw new Error(`${DOCUMENT} has no example in ${language}.`)
  return code
}

function bundled(contents: string, loader: 'ts' | 'tsx'): string {
  const { outputFiles } = buildSync({
    stdin: { contents, loader, resolveDir: ROOT },
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  })
  return outputFiles[0]!.text
}
