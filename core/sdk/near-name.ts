// "Did you mean": the nearest known name, for every message about a name that is not known. PURE.

/** ` Did you mean "x"?`, or nothing when no candidate is near enough to be a slip of the pen. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const near = nearName(name, candidates)
  return near === null ? '' : ` Did you mean "${near}"?`
}

export function nearName(name: string, candidates: Iterable<string>): string | null {
  const wanted = name.toLowerCase()
  let nearest: string | null = null
  let smallest = wanted.length <= 3 ? 1 : Math.max(2, Math.floor(wanted.length / 3))
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase(), smallest)
    if (distance > smallest || (distance === smallest && nearest !== null)) continue
    nearest = candidate
    smallest = distance
  }
  return nearest
}

// Levenshtein, given up once it is beyond `limit`: keys come from outside and may be long.
function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) > limit || left.length > 200) return limit + 1
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1]
      current.push(
        Math.min(
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (previous[column - 1] ?? 0) + (isSame ? 0 : 1),
        ),
      )
    }
    if (Math.min(...current) > limit) return limit + 1
    previous = current
  }
  return previous[right.length] ?? 0
}
