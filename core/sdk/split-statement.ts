// A statement with `$1`-style values, taken apart for data layers that want a place a value: PURE. A value that stands in
// several places is repeated.

export interface SplitStatement {
  /** The text around the values: one piece more than there are values. */
  pieces: readonly string[]
  /** One a place, in the order of the places. */
  values: readonly unknown[]
}

// A `$1` inside a literal, a quoted name or a comment is text; one inside a name is a part of it.
const placeOrText = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|(?<![\w$])\$(\d+)/g

export function splitStatement(text: string, values: readonly unknown[]): SplitStatement {
  const pieces: string[] = []
  const inOrder: unknown[] = []
  let from = 0
  for (const found of text.matchAll(placeOrText)) {
    const [place, number] = found
    if (number === undefined) continue
    const index = Number(number) - 1
    if (index < 0 || index >= values.length) {
      throw new TypeError(`The statement asks for ${place}, and ${values.length} values were given: ${text}`)
    }
    pieces.push(text.slice(from, found.index))
    inOrder.push(values[index] ?? null)
    from = found.index + place.length
  }
  pieces.push(text.slice(from))
  return { pieces, values: inOrder }
}
