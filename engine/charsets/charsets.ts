import type { Encoding } from '../../statemachine/contract.ts'
import { type Charset, utf8, utf8Bom } from './charset.ts'
import { cp932, type UnmappablePolicy } from './cp932.ts'

/** Every encoding by name. The policy says what to do with characters that the encoding lacks. */
export const charsets: Record<Encoding, (policy?: UnmappablePolicy) => Charset> = {
  'utf-8': () => utf8,
  'utf-8-bom': () => utf8Bom,
  cp932,
}
