/**
 * Text of FLOAT columns. A server writes only six digits of them, so a source asks for the value as a double, whose
 * seventeen digits are more than the column holds. It is then written with the fewest digits that distinguish it from
 * every other FLOAT (`0.1`, `16777216`).
 */

/** Nine digits distinguish any two FLOATs. */
const [FEWEST_DIGITS, MOST_DIGITS] = [6, 9]

/** A server writes an exponent from the first power of ten up, and below the second. */
const [LARGE, SMALL] = [15, -7]

/** @param text of a double, as a server writes it, whose value is a FLOAT's */
export function floatText(text: string): string {
  const value = Math.fround(Number(text))
  if (value === 0) return text
  let written = ''
  for (let digits = FEWEST_DIGITS; digits <= MOST_DIGITS; digits++) {
    written = value.toExponential(digits - 1)
    if (Math.fround(Number(written)) === value) break
  }
  const [mantissa, exponent] = written.split('e') as [string, string]
  const sign = mantissa.startsWith('-') ? '-' : ''
  const digits = mantissa.replace(/[-.]/g, '').replace(/0+$/, '')
  const power = Number(exponent)
  if (power >= LARGE || power < SMALL) {
    return `${sign}${digits[0]}${digits.length > 1 ? `.${digits.slice(1)}` : ''}e${power}`
  }
  const point = power + 1
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  if (digits.length <= point) return sign + digits.padEnd(point, '0')
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}
