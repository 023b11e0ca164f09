/** Runs the web app that the documents show, unchanged, in a separate folder. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const ROOT = join(import.meta.dirname, '../..')

/** The first code block of a document. */
export function fifteenLines(document: string): string {
  const [, code = ''] = /```ts\n(.*?)```/s.exec(readFileSync(join(ROOT, document), 'utf8')) ?? []
  return code
}

export interface WebApp {
  url: string
  close(): Promise<void>
}

/** @param session source of `session.ts`, which each app writes itself */
export async function startFifteenLines(session: string): Promise<WebApp> {
  const directory = mkdtempSync(join(tmpdir(), 'carryout-fifteen-'))
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
  writeFileSync(join(directory, 'app.ts'), fifteenLines('docs/web-app.md'))
  writeFileSync(join(directory, 'session.ts'), session)
  const port = await freePort()
  const env = { ...process.env, PORT: String(port), NODE_OPTIONS: '' }
  const child = spawn(process.execPath, ['app.ts'], { cwd: directory, env, stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (data) => {
    complaint += data
  })
  const url = `http://127.0.0.1:${port}`
  const close = async () => {
    await ended(child)
    rmSync(directory, { recursive: true, force: true })
  }
  while (!(await fetch(`${url}/orders`).catch(() => undefined))) {
    if (child.exitCode !== null) {
      await close()
      throw new Error(`The fifteen lines ended with ${child.exitCode}: ${complaint}`)
    }
    await sleep(50)
  }
  return { url, close }
}

async function ended(child: ChildProcess) {
  if (child.exitCode !== null) return
  child.kill()
  await once(child, 'exit')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
