import { createHash } from 'node:crypto'
import { requesterOf } from './table.ts'

/** Returns 16 hexadecimal digits that represent a requester where the address itself must not be readable: in links. */
export function requesterDigest(address: string): string {
  return createHash('sha256').update(requesterOf(address)).digest('hex').slice(0, 16)
}
