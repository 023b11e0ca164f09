/**
 * Characters that have two codes in CP932, NEC's and IBM's. Both decode to one Unicode character, which a database
 * encodes as only one of the two.
 */
let twins: ReadonlySet<string> | undefined

function findTwins(): ReadonlySet<string> {
  const decoder = new TextDecoder('shift_jis')
  const seen = new Set<string>()
  const found = new Set<string>()
  for (let lead = 0x81; lead <= 0xfc; lead++) {
    for (let trail = 0x40; trail <= 0xfc; trail++) {
      const text = decoder.decode(Uint8Array.of(lead, trail))
      if (text.length !== 1 || text === '\ufffd') continue
      if (seen.has(text)) found.add(text)
      seen.add(text)
    }
  }
  return found
}

/**
 * Whether a text may change when it is converted from CP932 (or a charset with the same characters) to Unicode and
 * back.
 */
export function hasTwin(text: string): boolean {
  twins ??= findTwins()
  for (const character of text) if (twins.has(character)) return true
  return false
}
