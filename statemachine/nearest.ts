/**
 * Returns the word that was probably meant, for messages; null if none is close (more than a third of its letters
 * differ).
 */
export function nearest(word: string, words: readonly string[]): string | null {
  let best: string | null = null
  let least = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of words) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best
}

/**
 * Counts letters that were replaced, omitted, added or swapped with their neighbour (the optimal string alignment
 * distance).
 */
function editDistance(a: string, b: string): number {
  let older: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      const swap = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      const swapped = swap ? older[column - 2]! + 1 : Number.POSITIVE_INFINITY
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1, swapped))
    }
    older = previous
    previous = current
  }
  return previous[b.length]!
}
