/**
 * A sheet's name from the export's title. Excel's rules:
 * https://support.microsoft.com/office/rename-a-worksheet-3f1f7148-ee83-404d-8ef0-9ff99fbad1f9
 */

/** In UTF-16 code units. */
const MOST_UNITS = 31
/** What a name cannot hold, and what XML cannot: https://www.w3.org/TR/xml/#charsets */
const FORBIDDEN = /[:\\/?*[\]\p{Cc}\p{Cs}\ufffe\uffff]/gu
/** A name neither begins nor ends with an apostrophe, and nobody sees a space there. */
const ENDS = /^[\s']+|[\s']+$/g
/** Excel keeps it for its own list of changes. */
const RESERVED = /^history$/i

/** Further sheets are numbered. */
export function sheetName(title: string, number: number): string {
  const suffix = number === 1 ? '' : ` (${number})`
  const characters = Array.from(title.replace(FORBIDDEN, ' ').replace(ENDS, ''))
  while (characters.join('').length > MOST_UNITS - suffix.length) characters.pop()
  const name = characters.join('').replace(ENDS, '') || 'Sheet'
  return (RESERVED.test(name) ? `${name}_` : name) + suffix
}
