/** As MySQL 8 has them; it says itself where it has fewer. */
const OFFSET = /^[+-](?:0?\d|1[0-4]):[0-5]\d$/

/** Whether both the database and JavaScript can know it: `SYSTEM`, the server's own, only the server knows. */
export function isTimeZone(text: string): boolean {
  if (OFFSET.test(text)) return true
  // JavaScript takes offsets in other forms, too.
  if (!/^[A-Za-z]/.test(text)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return true
  } catch {
    return false
  }
}
