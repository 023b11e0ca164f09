import type { Encoding } from '../statemachine/contract.ts'
import { type Charset, utf8, utf8Bom } from './charset.ts'
import { cp932 } from './charsets/cp932.ts'

/** Every encoding by its name; one is added here and nowhere else. */
export const charsets: Record<Encoding, () => Charset> = {
  'utf-8': () => utf8,
  'utf-8-bom': () => utf8Bom,
  cp932: () => cp932('error'),
}
