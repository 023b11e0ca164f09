/**
 * Makes Node cache compiled code between runs, which reduces the start time to a tenth. It must be imported before
 * everything else.
 */
import nodeModule from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

// In the home directory rather than /tmp, where others could place code. Older versions of Node lack this API.
const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
nodeModule.enableCompileCache?.(process.env.NODE_COMPILE_CACHE || join(cache, 'carryout', 'compiled'))
