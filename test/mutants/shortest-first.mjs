/** Runs the suites that took the least time first, because a change is tried only until the first suite fails. */
import Sequencer from '@jest/test-sequencer'

export default class ShortestFirst extends Sequencer {
  sort(tests) {
    // The base class looks up the durations.
    return super.sort(tests).toSorted((one, other) => (one.duration ?? 0) - (other.duration ?? 0))
  }
}
