import type { Encoding } from '../../statemachine/contract.ts'
import { type Charset, utf8, utf8Bom } from './charset.ts'
import { cp932, type UnmappablePolicy } from './cp932.ts'

/** Every encoding by its name; one is added here and nowhere else. The policy is for characters that it lacks. */
export const charsets: Record<Encoding, (policy?: UnmappablePolicy) => Charset> = {
  'utf-8': () => utf8,
  'utf-8-bom': () => utf8Bom,
  cp932,
}
