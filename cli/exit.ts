/** The command's exit codes. */
export const exit = {
  DONE: 0,
  FAILED: 1,
  USAGE: 2,
  UNREACHABLE: 3,
  NOT_FOUND: 4,
  INTERRUPTED: 130,
} as const

export const EXIT_HELP = [
  '0    done',
  '1    with --wait: the execution failed; otherwise: the command failed',
  '2    wrong usage, or a request that is not valid',
  '3    AWS does not respond or denied access, or the stack does not exist',
  '4    no such execution, or it has no file',
  '130  Ctrl-C; the execution continues',
]
