/**
 * A server writes a double without an exponent from 1e-15 on and below 1e15. So it does in a row, where it has room for all zeros; in
 * a text (CAST) that would be too long it resorts to the exponent (`my_gcvt` in strings/dtoa.cc).
 */
const [SMALLEST_POWER, LARGEST_POWER] = [-15, 14]
const WITH_EXPONENT = /^(-?)(\d)(?:\.(\d+))?e(-?\d+)$/

/** @param text of a number, as a CAST gives it; as a row would have it is what is returned */
export function asRowText(text: string): string {
  const [, sign, first, rest = '', exponent] = WITH_EXPONENT.exec(text) ?? []
  const power = Number(exponent)
  if (exponent === undefined || power < SMALLEST_POWER || power > LARGEST_POWER) return text
  const digits = `${first}${rest}`
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`
  if (digits.length <= power + 1) return `${sign}${digits.padEnd(power + 1, '0')}`
  return `${sign}${digits.slice(0, power + 1)}.${digits.slice(power + 1)}`
}
