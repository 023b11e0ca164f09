/** Every command, in the order of the help. */
import type { Command } from './command.ts'
import { cancel } from './commands/cancel.ts'
import { completion } from './commands/completion.ts'
import { consoleCommand } from './commands/console.ts'
import { deadLetters } from './commands/dead-letters.ts'
import { doctor } from './commands/doctor.ts'
import { download } from './commands/download.ts'
import { init } from './commands/init.ts'
import { list } from './commands/list.ts'
import { local } from './commands/local.ts'
import { logs } from './commands/logs.ts'
import { pause } from './commands/pause.ts'
import { rebuildIndex } from './commands/rebuild-index.ts'
import { replay } from './commands/replay.ts'
import { request } from './commands/request.ts'
import { resume } from './commands/resume.ts'
import { revokeLinks } from './commands/revoke-links.ts'
import { schedules } from './commands/schedules.ts'
import { show } from './commands/show.ts'
import { stop } from './commands/stop.ts'
import { tryCommand } from './commands/try.ts'

export const commands: Command[] = [
  request,
  list,
  show,
  replay,
  stop,
  cancel,
  download,
  logs,
  consoleCommand,
  schedules,
  deadLetters,
  doctor,
  pause,
  resume,
  revokeLinks,
  rebuildIndex,
  init,
  local,
  tryCommand,
  completion,
]
