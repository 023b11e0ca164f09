import { createHash } from 'node:crypto'
import { requesterOf } from './table.ts'

/** Stands for a requester where the address itself must not be read: in links. 16 hexadecimal digits. */
export function requesterDigest(address: string): string {
  return createHash('sha256').update(requesterOf(address)).digest('hex').slice(0, 16)
}
