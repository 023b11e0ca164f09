import nodeModule from 'node:module'

/**
 * The variables of this process's environment that a child process may see; others may hold a developer's passwords and
 * keys.
 */
const NAMES = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'XDG_CACHE_HOME',
  'LD_LIBRARY_PATH',
])
/** `LC_ALL`, `HTTPS_PROXY`, `no_proxy`, `APT_CONFIG`. */
const PATTERN = /^(LC_\w+|(https?|ftp|no|all)_proxy|APT_CONFIG)$/i

/** @param more additional variables for the program */
export function childEnvironment(more: Record<string, string | undefined> = {}): NodeJS.ProcessEnv {
  const passed = Object.entries(process.env).filter(([name]) => NAMES.has(name) || PATTERN.test(name))
  const compiled = nodeModule.getCompileCacheDir?.()
  return { ...Object.fromEntries(passed), ...(compiled !== undefined && { NODE_COMPILE_CACHE: compiled }), ...more }
}
