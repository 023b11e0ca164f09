/**
 * A server writes a double without an exponent from 1e-15 on and below 1e15. In a row it always does, because there is
 * room for all zeros; as text (CAST), where that would be too long, it uses an exponent (`my_gcvt` in strings/dtoa.cc).
 */
const [SMALLEST_POWER, LARGEST_POWER] = [-15, 14]
const WITH_EXPONENT = /^(-?)(\d)(?:\.(\d+))?e(-?\d+)$/

/**
 * @param text of a number as a CAST returns it
 * @returns the text that a row would have
 */
export function asRowText(text: string): string {
  const [, sign, first, rest = '', exponent] = WITH_EXPONENT.exec(text) ?? []
  const power = Number(exponent)
  if (exponent === undefined || power < SMALLEST_POWER || power > LARGEST_POWER) return text
  const digits = `${first}${rest}`
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`
  if (digits.length <= power + 1) return `${sign}${digits.padEnd(power + 1, '0')}`
  return `${sign}${digits.slice(0, power + 1)}.${digits.slice(power + 1)}`
}
