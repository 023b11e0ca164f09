/**
 * How a text becomes a formula when a spreadsheet opens the file: the field begins like one, or a cell begins inside
 * it. https://owasp.org/www-community/attacks/CSV_Injection
 */

/** First bytes that make spreadsheets read a field as a formula. */
export const OPENERS = Buffer.from('=+-@\t\r\n')
/**
 * Bytes at which a spreadsheet may begin a new cell, whatever the file's delimiter is: it uses its locale's list
 * separator, a comma or a semicolon, and splits pasted text at tabs. All spreadsheets treat them as text inside quotes.
 */
export const SEPARATORS = Buffer.from(',;\t')
