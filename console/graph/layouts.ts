/** Where the states of a definition stand: found once for each, since most executions run the same. */
import type { StateList } from './definition.ts'
import { layout, type Placed } from './layout.ts'

/** Older executions run older definitions. */
const KEPT = 8
/** The one that was used last is the last. */
const known = new Map<string, Placed>()

/** @param definition of a state machine, in Amazon States Language */
export function layoutOf(definition: string): Placed {
  const placed = known.get(definition) ?? layout(JSON.parse(definition) as StateList)
  known.delete(definition)
  known.set(definition, placed)
  const [oldest] = known.keys()
  if (known.size > KEPT) known.delete(oldest!)
  return placed
}
