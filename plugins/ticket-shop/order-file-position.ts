// Where in a JSON text a value stands, or where the text is broken. Used only when something is wrong, because JSON.parse, which
// reads all that is right, tells neither.

/** Names and indices from the outside in. */
export type JsonPath = readonly (string | number)[]

export interface JsonFault {
  offset: number
  path: JsonPath
  message: string
  /** Nothing is wrong but that the text ends. */
  isAtEnd: boolean
}

/** The offset of the value at `path`, or of the innermost value around it that is there. */
export function offsetOf(text: string, path: JsonPath): number {
  let best = 0
  walk(text, (at, offset) => {
    // Of a repeated name the last counts, as for JSON.parse.
    if (at.length <= path.length && at.every((part, depth) => part === path[depth])) best = offset
  })
  return best
}

/** The first fault of a text that JSON.parse refuses; null when there is none. */
export function findFault(text: string): JsonFault | null {
  return walk(text, () => undefined)
}

/** `positions[0].price` */
export function pathText(path: JsonPath): string {
  return path.map((part, depth) => (typeof part === 'number' ? `[${part}]` : depth > 0 ? `.${part}` : part)).join('')
}

const maxDepth = 200

class Fault extends Error {
  readonly offset: number
  readonly isAtEnd: boolean
  constructor(offset: number, message: string, isAtEnd = false) {
    super(message)
    this.offset = offset
    this.isAtEnd = isAtEnd
  }
}

function walk(text: string, visit: (path: JsonPath, offset: number) => void): JsonFault | null {
  const path: (string | number)[] = []
  let at = 0

  function value(): void {
    blanks()
    visit(path, at)
    if (path.length > maxDepth) throw new Fault(at, `there are more than ${maxDepth} brackets around this`)
    const char = text[at]
    if (char === '{') members()
    else if (char === '[') entries()
    else if (char === '"') string()
    else word()
  }

  function members(): void {
    if (isEmptyUntil('}')) return
    do {
      blanks()
      if (text[at] !== '"') throw expectation('a name in quotes')
      const name = string()
      blanks()
      if (text[at] !== ':') throw expectation(`a colon after ${JSON.stringify(name)}`)
      at += 1
      path.push(name)
      value()
      path.pop()
    } while (isFollowedBy('}'))
  }

  function entries(): void {
    if (isEmptyUntil(']')) return
    let index = 0
    do {
      path.push(index)
      value()
      path.pop()
      index += 1
    } while (isFollowedBy(']'))
  }

  /** After an opening bracket: true when it closes at once. */
  function isEmptyUntil(closing: string): boolean {
    at += 1
    blanks()
    if (text[at] !== closing) return false
    at += 1
    return true
  }

  /** After a member or an entry: true for a comma, false at the end. */
  function isFollowedBy(closing: string): boolean {
    blanks()
    const char = text[at]
    if (char !== ',' && char !== closing) throw expectation(`a comma or ${closing}`)
    at += 1
    return char === ','
  }

  function word(): void {
    const known = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
    known.lastIndex = at
    const length = known.exec(text)?.[0].length
    // What follows at once belongs to it: 007, nullx, 1.2.3.
    if (length === undefined || /[\w.+-]/.test(text[at + length] ?? '')) throw expectation('a value')
    at += length
  }

  function string(): string {
    const start = at
    for (at += 1; at < text.length; at += 1) {
      const char = text[at] ?? ''
      if (char === '"') {
        at += 1
        return String(JSON.parse(text.slice(start, at)))
      }
      if (char < ' ') throw new Fault(at, 'a text goes over the end of a line, or holds a tab or the like')
      if (char !== '\\') continue
      const known = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
      known.lastIndex = at
      const length = known.exec(text)?.[0].length
      if (length === undefined) throw new Fault(at, 'a backslash stands before something it cannot stand before')
      at += length - 1
    }
    throw new Fault(start, 'a text is never closed', true)
  }

  function blanks(): void {
    while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at += 1
  }

  function expectation(what: string): Fault {
    const isAtEnd = at >= text.length
    const found = isAtEnd ? 'but it ends here' : `but there is ${JSON.stringify(text[at])}`
    return new Fault(at, `${what} is expected, ${found}`, isAtEnd)
  }

  try {
    value()
    blanks()
    if (at < text.length) throw expectation('nothing more')
    return null
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { offset: error.offset, path: [...path], message: error.message, isAtEnd: error.isAtEnd }
  }
}
