import { readFileSync } from 'node:fs'
import type { Flavour } from './choice.ts'

const DOCKER =
  'docker run --detach --name carryout-mysql --publish 127.0.0.1:3306:3306 --env MYSQL_ROOT_PASSWORD=carryout mysql:8.4\n' +
  '  export DATABASE_URL=mysql://root:carryout@127.0.0.1:3306/shop'

/** Explains how to get a database server on this operating system. */
export function howToGetOne(
  product: Flavour,
  platform: NodeJS.Platform = process.platform,
  osRelease = readOsRelease(),
): string {
  return (
    'Do one of these:\n' +
    `- install one: ${installCommand(product, platform, osRelease)}\n` +
    '- use an existing one: export DATABASE_URL=mysql://user:password@host:3306/database\n' +
    `- run one in Docker:\n  ${DOCKER}`
  )
}

function installCommand(product: Flavour, platform: NodeJS.Platform, osRelease: string): string {
  if (platform === 'darwin') return `brew install ${product}`
  if (platform === 'win32') return 'use WSL (Debian or Ubuntu), where it is found without installing anything'
  const family = osRelease
    .split('\n')
    .filter((line) => /^ID(_LIKE)?=/.test(line))
    .join(' ')
  if (/debian|ubuntu/.test(family)) return `sudo apt-get update && sudo apt-get install ${product}-server-core`
  if (/fedora|rhel|centos|amzn/.test(family)) return `sudo dnf install ${product}-server`
  if (/alpine/.test(family)) return `apk add ${product}`
  if (/arch/.test(family)) return `sudo pacman -S ${product}`
  if (/suse/.test(family)) return `sudo zypper install ${product}`
  return `the package ${product}-server of your distribution`
}

function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8')
  } catch {
    return ''
  }
}
