/**
 * A sheet's name from the export's title. Excel's rules:
 * https://support.microsoft.com/office/rename-a-worksheet-3f1f7148-ee83-404d-8ef0-9ff99fbad1f9
 */

/** The longest sheet name, in UTF-16 code units. */
const MOST_UNITS = 31
/** Characters that a sheet name or XML cannot contain: https://www.w3.org/TR/xml/#charsets */
const FORBIDDEN = /[:\\/?*[\]\p{Cc}\p{Cs}\ufffe\uffff]/gu
/** A name neither begins nor ends with an apostrophe; spaces there would be invisible. */
const ENDS = /^[\s']+|[\s']+$/g
/** Excel reserves this name for its list of changes. */
const RESERVED = /^history$/i

/** Returns the name of a sheet; the second and later ones get a number. */
export function sheetName(title: string, number: number): string {
  const suffix = number === 1 ? '' : ` (${number})`
  const characters = Array.from(title.replace(FORBIDDEN, ' ').replace(ENDS, ''))
  while (characters.join('').length > MOST_UNITS - suffix.length) characters.pop()
  const name = characters.join('').replace(ENDS, '') || 'Sheet'
  return (RESERVED.test(name) ? `${name}_` : name) + suffix
}
