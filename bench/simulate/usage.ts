/** The resources that a simulated export takes. */
export interface Usage {
  chunks: number
  /** Duration of the execution if nothing waits and nothing fails. */
  seconds: number
  /** Invocations and total seconds of each function, by its handler's name. */
  functions: ReadonlyMap<string, { invocations: number; seconds: number }>
  /** Number of events in the execution's history; AWS allows 25,000. */
  events: number
  /** State transitions that Step Functions bills. */
  transitions: number
  /** Size of the largest input or output of a step; AWS allows 262,144. */
  documentBytes: number
  storage: { writes: number; reads: number }
  fileBytes: number
  /** Bytes of the rows that the server sends. */
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
