/** Writes names and texts into the source of a TypeScript module, whatever characters they have. */

/** Returns a string literal in single quotes. */
export function literal(text: string): string {
  const json = JSON.stringify(text).slice(1, -1)
  return `'${json.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** Returns a property name for an object literal, quoted if it must be. */
export function property(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) && name !== '__proto__' ? name : literal(name)
}

/** Escapes a text for the inside of a template literal. */
export function inTemplate(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${').replaceAll('\r', '\\r')
}
