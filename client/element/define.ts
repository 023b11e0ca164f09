/** Defines an element unless it is defined already; does nothing on a server, which has no elements. */
export function define(name: string, element: typeof HTMLElement) {
  if (globalThis.customElements && !customElements.get(name)) customElements.define(name, element as never)
}
