/**
 * How a text becomes a formula once a spreadsheet opens the file: it begins as one, or a cell begins within it.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */

/** Spreadsheets take a field that begins so for a formula. */
export const OPENERS = Buffer.from('=+-@\t\r\n')
/**
 * Where a spreadsheet may begin a cell, whatever the file's delimiter is: it goes by the list separator of its own country,
 * a comma or a semicolon, and takes pasted text apart at tabs. In quotes they are text to all of them.
 */
export const SEPARATORS = Buffer.from(',;\t')
