/** The execution environments of all functions: warm ones are used again, idle ones are dropped after a while. */
import type { Environment } from './environment.ts'

/** AWS drops an idle environment after an unspecified time; a laptop's memory is freed sooner. */
const IDLE_MILLIS = 5 * 60_000

export interface EnvironmentPool<Owner extends object> {
  /** Returns a warm environment of the owner, or a new one. */
  take(owner: Owner): Environment
  giveBack(owner: Owner, environment: Environment): void
  /** Drops the owner's environments: the idle ones now, the others when they are given back. */
  retire(owner: Owner): void
  /** Stops all environments, also those in use. */
  stop(): Promise<void>
}

interface Idle {
  environment: Environment
  timer: NodeJS.Timeout
}

export function createEnvironmentPool<Owner extends object>(
  create: (owner: Owner) => Environment,
): EnvironmentPool<Owner> {
  const environments = new Set<Environment>()
  const idle = new Map<Owner, Idle[]>()
  const retired = new WeakSet<Owner>()

  const idleOf = (owner: Owner) => {
    const known = idle.get(owner) ?? []
    idle.set(owner, known)
    return known
  }

  function drop(environment: Environment) {
    void environment.stop().finally(() => environments.delete(environment))
  }

  return {
    take(owner) {
      const own = idleOf(owner)
      for (let warm = own.pop(); warm; warm = own.pop()) {
        clearTimeout(warm.timer)
        if (warm.environment.usable) return warm.environment
        environments.delete(warm.environment)
      }
      const environment = create(owner)
      environments.add(environment)
      return environment
    },
    giveBack(owner, environment) {
      if (!environment.usable || retired.has(owner)) return drop(environment)
      const own = idleOf(owner)
      const entry = { environment, timer: setTimeout(dropIdle, IDLE_MILLIS).unref() }
      function dropIdle() {
        own.splice(own.indexOf(entry), 1)
        drop(environment)
      }
      own.push(entry)
    },
    retire(owner) {
      retired.add(owner)
      for (const { environment, timer } of idle.get(owner) ?? []) {
        clearTimeout(timer)
        drop(environment)
      }
      idle.delete(owner)
    },
    async stop() {
      for (const { timer } of [...idle.values()].flat()) clearTimeout(timer)
      await Promise.all([...environments].map((environment) => environment.stop()))
      environments.clear()
    },
  }
}
