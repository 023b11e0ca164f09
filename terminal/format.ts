/** Formats numbers, times and tables. Times are UTC, as in the e-mails and on AWS. */

/** `1,234,567` */
export function count(value: number): string {
  return value.toLocaleString('en')
}

/** `1 row`, `2 rows` */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`
}

/** `0.3 s`, `12 s`, `3 min 5 s`, `2 h 10 min` */
export function duration(millis: number): string {
  if (millis < 9_950) return `${(Math.max(0, millis) / 1000).toFixed(1)} s`
  const seconds = Math.round(millis / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}

/** `2026-11-30 21:00:05` */
export function time(date: Date): string {
  return date.toISOString().slice(0, 19).replace('T', ' ')
}

/** Aligns columns, with two spaces between them. `widths` counts visible characters, so apply colours afterwards. */
export function table(rows: string[][]): string[] {
  const columns = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]!.length))) ?? []
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(columns[column]!))
      .join('  ')
      .trimEnd(),
  )
}
