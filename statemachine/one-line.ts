/**
 * Makes external text safe to show in a mail or on a page: on one line, shortened, without control and bidirectional
 * characters, and never a link. So nobody who may write a request can write the text of our mails.
 */

const SHOWN_CHARACTERS = 254

/** Control and format characters, line and paragraph separators: they move, hide or reorder the text around them. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu
/** `https://…`, `mailto:…`: what mail programs turn into links. */
const SCHEME = /\b([a-z][a-z0-9+.-]*):(?=\/\/|[^\s]*@)/gi
/** The last dot of a domain name, if its top-level domain is a country's or a common one. */
const DOMAIN_DOT =
  /(?<=[\p{L}\p{N}])\.(?=(?:[a-z]{2}|com|net|org|edu|gov|info|biz|app|dev|shop|store|online|site|top|xyz|club|example|test|xn--[a-z0-9-]+)(?![\p{L}\p{N}]))/giu

/**
 * @returns the text in well-formed Unicode, with at most `characters` characters and an ellipsis at the end if it was
 * shortened
 */
export function oneLine(text: string, characters = SHOWN_CHARACTERS): string {
  const line = text.toWellFormed().replace(INVISIBLE, ' ').replace(/ {2,}/g, ' ').trim()
  const points = [...line]
  return points.length > characters ? `${points.slice(0, characters - 1).join('')}…` : line
}

/** Does the same, and puts brackets into what a mail program would turn into a link: `https[:]//evil[.]example`. */
export function plainLine(text: string, characters = SHOWN_CHARACTERS): string {
  return oneLine(text, characters).replace(SCHEME, '$1[:]').replace(DOMAIN_DOT, '[.]')
}
