/**
 * Text from outside, as a mail or a page may show it: on one line, cut, without control and bidirectional characters,
 * and never a link. Whoever may write a request can so not write our mails.
 */

const SHOWN_CHARACTERS = 254

/** Control and format characters, line and paragraph separators: they move, hide or reorder what stands around them. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu
/** `https://…`, `mailto:…`: what a mail program makes a link of. */
const SCHEME = /\b([a-z][a-z0-9+.-]*):(?=\/\/|[^\s]*@)/gi
/** The last dot of a domain name: its top-level domain is a country's or one that is often used. */
const DOMAIN_DOT =
  /(?<=[\p{L}\p{N}])\.(?=(?:[a-z]{2}|com|net|org|edu|gov|info|biz|app|dev|shop|store|online|site|top|xyz|club|example|test|xn--[a-z0-9-]+)(?![\p{L}\p{N}]))/giu

/** @returns the text in well-formed Unicode and with at most so many characters, an ellipsis at its end where it was cut */
export function oneLine(text: string, characters = SHOWN_CHARACTERS): string {
  const line = text.toWellFormed().replace(INVISIBLE, ' ').replace(/ {2,}/g, ' ').trim()
  const points = [...line]
  return points.length > characters ? `${points.slice(0, characters - 1).join('')}…` : line
}

/** The same, with what a mail program would make a link of in brackets: `https[:]//evil[.]example`. */
export function plainLine(text: string, characters = SHOWN_CHARACTERS): string {
  return oneLine(text, characters).replace(SCHEME, '$1[:]').replace(DOMAIN_DOT, '[.]')
}
