/** The command's output: results go to standard output, everything else to standard error. */
import { stripVTControlCharacters, styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

export interface Terminal {
  /** One result line, or one JSON document. */
  print(line: string): void
  /** Anything that is not a result: progress, hints. */
  note(line: string): void
  /** Replaces the progress line, or ends it with `undefined`. Does nothing if standard error is not a terminal. */
  progress(line: string | undefined): void
  /** Whether a progress line can be shown. */
  interactive: boolean
  /** Colours on a terminal, unless NO_COLOR is set. */
  paint(style: Style, text: string): string
}

interface Streams {
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
}

export function openTerminal({ stdout, stderr }: Streams = process): Terminal {
  const interactive = stderr.isTTY === true
  let shown = false
  const clear = () => {
    if (shown) stderr.write('\r\x1b[K')
    shown = false
  }
  return {
    interactive,
    print(line) {
      clear()
      stdout.write(`${line}\n`)
    },
    note(line) {
      clear()
      stderr.write(`${line}\n`)
    },
    progress(line) {
      if (!interactive) return
      clear()
      if (line === undefined) return
      // A line that wraps cannot be replaced.
      const width = (stderr.columns || 80) - 1
      const plain = stripVTControlCharacters(line)
      stderr.write(plain.length > width ? plain.slice(0, width) : line)
      shown = true
    },
    paint: (style, text) => styleText(style, text, { stream: stdout }),
  }
}
