/** What an export of some size takes: counted in a run of the deployed machine, whose functions say how long they would work. */
export interface Usage {
  chunks: number
  /** From the start of the execution to its end, when nothing waits and nothing fails. */
  seconds: number
  /** Of each function, by its handler's name. */
  functions: ReadonlyMap<string, { invocations: number; seconds: number }>
  /** Of the execution's history, which may have 25,000. */
  events: number
  /** As Step Functions bills them. */
  transitions: number
  /** The largest that a step was given or gave, of 262,144. */
  documentBytes: number
  storage: { writes: number; reads: number }
  fileBytes: number
  /** What the server sends. */
  rowBytes: number
}

export class Counter {
  readonly functions = new Map<string, { invocations: number; seconds: number }>()
  storage = { writes: 0, reads: 0 }
  documentBytes = 0

  invoked(name: string, seconds: number): void {
    const { invocations, seconds: before } = this.functions.get(name) ?? { invocations: 0, seconds: 0 }
    this.functions.set(name, { invocations: invocations + 1, seconds: before + seconds })
  }

  document(value: unknown): void {
    this.documentBytes = Math.max(this.documentBytes, Buffer.byteLength(JSON.stringify(value)))
  }
}
