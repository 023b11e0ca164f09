/** A page may load an element twice, and a server has none. */
export function define(name: string, element: typeof HTMLElement) {
  if (globalThis.customElements && !customElements.get(name)) customElements.define(name, element as never)
}
