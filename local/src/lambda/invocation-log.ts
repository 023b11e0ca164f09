/** The log of one execution environment: whole lines, and the end of what the current invocation has written. */

const TAIL_BYTES = 4096

export interface InvocationLog {
  /** Forgets the tail, because another invocation begins. */
  begin(): void
  /** Writes one event. */
  write(message: string): void
  /** Adds raw output, of which each line becomes an event once it is complete. */
  print(text: string): void
  /** Writes the incomplete line. */
  flush(): void
  /** Returns the last 4 KiB since `begin`. */
  tail(): string
}

export function createInvocationLog(writeEvent: (message: string) => void): InvocationLog {
  let tail = ''
  let partial = ''

  function write(message: string) {
    tail = `${tail}${message.endsWith('\n') ? message : `${message}\n`}`.slice(-TAIL_BYTES)
    writeEvent(message)
  }

  return {
    write,
    begin() {
      tail = ''
    },
    print(text) {
      const lines = (partial + text).split('\n')
      partial = lines.pop() ?? ''
      for (const line of lines) write(line)
    },
    flush() {
      if (partial !== '') write(partial)
      partial = ''
    },
    tail: () => tail,
  }
}
