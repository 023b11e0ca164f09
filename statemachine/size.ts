/** Formats sizes in powers of 1000, as current browsers and file managers do. */

/** `12.3 MB` */
export function size(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  let power = 0
  let value = bytes
  while (Number(value.toFixed(1)) >= 1000 && power < units.length - 1) {
    value /= 1000
    power++
  }
  return `${power === 0 ? value : value.toFixed(value < 99.95 ? 1 : 0)} ${units[power]}`
}
