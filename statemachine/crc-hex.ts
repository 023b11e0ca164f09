/** A CRC-32 as it is written in the manifest and in the data that flows through the state machine. */

/** Formats a sum as eight lower-case hexadecimal digits. */
export function crcToHex(crc: number): string {
  return crc.toString(16).padStart(8, '0')
}

export function crcFromHex(hex: string): number {
  return Number.parseInt(hex, 16)
}
