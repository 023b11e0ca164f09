/** The identities of senders, and the configuration sets that receive feedback. */
import type { DatabaseSync } from 'node:sqlite'
import { AwsError } from '../protocol.ts'
import { domainOf } from './address.ts'

export interface Identities {
  /** Creates a verified identity: on a laptop nobody follows verification links or publishes DNS records. */
  create(name: string): void
  has(name: string): boolean
  remove(name: string): void
  list(): string[]
  /** Returns the identities of an address: itself, its domain, and parent domains. */
  of(address: string): string[]
  /** Whether the address or its domain is an identity. */
  verified(address: string): boolean
}

const NAME = /^([^\s@]+@)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/

export function openIdentities(store: DatabaseSync): Identities {
  store.exec('CREATE TABLE IF NOT EXISTS ses_identities (name TEXT PRIMARY KEY) WITHOUT ROWID')
  const insert = store.prepare('INSERT OR IGNORE INTO ses_identities VALUES (?)')
  const find = store.prepare('SELECT 1 FROM ses_identities WHERE name = ?')
  const forget = store.prepare('DELETE FROM ses_identities WHERE name = ?')
  const all = store.prepare('SELECT name FROM ses_identities ORDER BY name')
  const has = (name: string) => find.get(keyOf(name)) !== undefined
  const of = (address: string) => {
    const names = [address]
    // A verified domain also covers its subdomains.
    for (let domain = domainOf(address); domain.includes('.'); domain = domain.slice(domain.indexOf('.') + 1)) {
      names.push(domain)
    }
    return names.filter(has)
  }
  return {
    create(name) {
      if (!NAME.test(name)) throw new AwsError('BadRequestException', `Invalid email identity: ${name}`)
      insert.run(keyOf(name))
    },
    has,
    remove: (name) => void forget.run(keyOf(name)),
    list: () => (all.all() as { name: string }[]).map(({ name }) => name),
    verified: (address) => of(address).length > 0,
    of,
  }
}

/** Domains are case-insensitive; the part before the @ is not. */
function keyOf(name: string): string {
  const at = name.lastIndexOf('@')
  return name.slice(0, at + 1) + name.slice(at + 1).toLowerCase()
}
