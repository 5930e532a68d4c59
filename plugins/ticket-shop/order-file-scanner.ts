// Cuts an order file into pieces while it streams by: each member of the outermost object, and of its lists each entry. A
// piece is small, so a file of any size is read with the memory of its largest order.
//
//   object -> key_or_end -> colon -> value -> after_value -> key ... -> nothing (only blanks may follow)
//                                    value -> element_or_end -> after_element -> element ... -> after_value
import { type Capture, createCapture, isBlank, isDelimiter } from './order-file-capture.ts'
import { OrderFileProblem } from './order-file-problem.ts'

export type Piece =
  | { kind: 'key'; key: string; line: number }
  | { kind: 'value'; key: string; index: number | null; bytes: Buffer; line: number }

type Expectation =
  | 'object'
  | 'key_or_end'
  | 'key'
  | 'colon'
  | 'value'
  | 'element_or_end'
  | 'element'
  | 'after_element'
  | 'after_value'
  | 'nothing'

const expected: Readonly<Record<Expectation, string>> = {
  object: 'the file should begin with {',
  key_or_end: 'a name in quotes, or }, is expected',
  key: 'a name in quotes is expected',
  colon: 'a colon is expected',
  value: 'a value is expected',
  element_or_end: 'an entry, or ], is expected',
  element: 'an entry is expected',
  after_element: 'a comma or ] is expected',
  after_value: 'a comma or } is expected',
  nothing: 'the file should end',
}

/** No order is this long; a file that never closes a quote must not fill the memory. */
const maxPieceMegabytes = 8
const tooLong = `does not end within ${maxPieceMegabytes} MB; a quote or a bracket may be missing`

export interface PieceScanner {
  /**
   * One at a time, so that what is wrong in a piece is found before what comes after it. Their bytes are those of the chunk: they
   * are to be used before it is filled again.
   */
  push(chunk: Buffer): Generator<Piece>
  /** Refuses a file that ends too early. */
  end(): void
}

export function createPieceScanner({
  isList,
  explain,
}: {
  /** Whether the entries of a key's value are pieces of their own. */
  isList(key: string): boolean
  /** Says what is wrong inside a piece that does not end; `isAtEnd` when nothing is, but that it does not end. */
  explain(piece: Piece & { kind: 'value' }): { problem: OrderFileProblem; isAtEnd: boolean } | null
}): PieceScanner {
  let expectation: Expectation = 'object'
  let line = 1
  let key = ''
  let index: number | null = null
  let capture: Capture | null = null
  let isStart = true

  const place = (): string => (index === null ? key : `${key}[${index}]`)
  const problem = (message: string): OrderFileProblem => new OrderFileProblem({ line, field: place(), message })
  const explainUnfinished = (captured: Capture): ReturnType<typeof explain> =>
    expectation === 'key' || expectation === 'key_or_end'
      ? null
      : explain({ kind: 'value', key, index, bytes: captured.bytes(), line: captured.line })

  function finishCapture(captured: Capture): Piece {
    const bytes = captured.bytes()
    line += captured.lineBreakCount()
    if (expectation === 'key' || expectation === 'key_or_end') {
      key = parseKey(bytes)
      index = null
      expectation = 'colon'
      return { kind: 'key', key, line: captured.line }
    }
    expectation = expectation === 'value' ? 'after_value' : 'after_element'
    return { kind: 'value', key, index, bytes, line: captured.line }
  }

  function parseKey(bytes: Buffer): string {
    try {
      return String(JSON.parse(bytes.toString()))
    } catch (error) {
      throw new OrderFileProblem({ line, field: '', message: 'broken JSON: this name cannot be read', cause: error })
    }
  }

  // True when the byte is the first of a value or key, and not yet passed.
  function step(byte: number): boolean {
    const char = String.fromCharCode(byte)
    switch (expectation) {
      case 'object':
        if (char !== '{') break
        expectation = 'key_or_end'
        return false
      case 'key_or_end':
      case 'key':
        if (char === '"') return true
        if (char !== '}' || expectation === 'key') break
        expectation = 'nothing'
        return false
      case 'colon':
        if (char !== ':') break
        expectation = 'value'
        return false
      case 'value':
        if (char === '[' && isList(key)) {
          index = 0
          expectation = 'element_or_end'
          return false
        }
        if (isDelimiter(byte)) break
        return true
      case 'element_or_end':
      case 'element':
        if (char === ']' && expectation === 'element_or_end') {
          index = null
          expectation = 'after_value'
          return false
        }
        if (isDelimiter(byte)) break
        return true
      case 'after_element':
        if (char !== ',' && char !== ']') break
        index = char === ',' ? (index ?? 0) + 1 : null
        expectation = char === ',' ? 'element' : 'after_value'
        return false
      case 'after_value':
        if (char !== ',' && char !== '}') break
        if (char === '}') key = ''
        expectation = char === ',' ? 'key' : 'nothing'
        return false
      case 'nothing':
        break
    }
    throw problem(`broken JSON: ${expected[expectation]}, but there is ${JSON.stringify(char)}`)
  }

  return {
    *push(chunk) {
      let at = isStart ? lengthOfMark(chunk) : 0
      isStart = false
      while (at < chunk.length) {
        if (capture) {
          const end = capture.take(chunk, at)
          if (end === null) {
            if (capture.byteCount() <= maxPieceMegabytes * 1024 * 1024) break
            const inside = explainUnfinished(capture)
            throw inside && !inside.isAtEnd ? inside.problem : problem(tooLong)
          }
          const piece = finishCapture(capture)
          capture = null
          at = end
          yield piece
          continue
        }
        const byte = chunk[at] ?? 0
        if (isBlank(byte)) {
          if (byte === 0x0a) line += 1
          at += 1
        } else if (step(byte)) capture = createCapture(byte, line)
        else at += 1
      }
    },
    end() {
      if (expectation === 'nothing') return
      const inside = capture && explainUnfinished(capture)
      if (inside) throw inside.problem
      if (capture) line += capture.lineBreakCount()
      const what = capture ? 'in the middle of a value' : `where ${expected[expectation]}`
      throw problem(`broken JSON: the file ends ${what}`)
    },
  }
}

// Some programs put a byte order mark before UTF-8.
function lengthOfMark(chunk: Buffer): number {
  return chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? 3 : 0
}
