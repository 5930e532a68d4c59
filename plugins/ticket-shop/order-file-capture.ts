// Finds where a JSON value ends in a stream of bytes, without understanding it: strings are skipped, brackets counted. What is
// wrong inside is found afterwards, in the text (order-file-position.ts).

const lineFeed = 0x0a
const quote = 0x22
const backslash = 0x5c

/** One value under way; it may begin in one chunk and end in another. */
export interface Capture {
  /** The line the value begins on. */
  readonly line: number
  /** Goes on at `from`; the index after the value's last byte, or null when it does not end in this chunk. */
  take(chunk: Buffer, from: number): number | null
  /** Line breaks taken so far. */
  lineBreakCount(): number
  byteCount(): number
  bytes(): Buffer
}

export function createCapture(firstByte: number, line: number): Capture {
  const parts: Buffer[] = []
  const findEnd = isQuoteOrOpening(firstByte) ? createNestedEnd() : findPrimitiveEnd
  let lineBreakCount = 0
  let byteCount = 0
  return {
    line,
    take(chunk, from) {
      const end = findEnd(chunk, from)
      const part = chunk.subarray(from, end ?? chunk.length)
      // The next chunk is read into the same memory.
      parts.push(end === null ? Buffer.from(part) : part)
      byteCount += part.length
      lineBreakCount += countLineBreaks(part)
      return end
    },
    lineBreakCount: () => lineBreakCount,
    byteCount: () => byteCount,
    bytes: () => (parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)),
  }
}

/** Space, tab, line feed, carriage return. */
export function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === lineFeed || byte === 0x0d
}

/** `,` `:` `]` `}`: no value begins with one. */
export function isDelimiter(byte: number): boolean {
  return byte === 0x2c || byte === 0x3a || byte === 0x5d || byte === 0x7d
}

function isQuoteOrOpening(byte: number): boolean {
  return byte === quote || byte === 0x5b || byte === 0x7b
}

// The hot loop: every byte of a file passes here.
function createNestedEnd(): (chunk: Buffer, from: number) => number | null {
  let depth = 0
  let isInString = false
  let isEscaped = false
  return (chunk, from) => {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at]
      if (isInString) {
        if (isEscaped) isEscaped = false
        else if (byte === backslash) isEscaped = true
        else if (byte === quote) {
          isInString = false
          if (depth === 0) return at + 1
        }
      } else if (byte === quote) isInString = true
      else if (byte === 0x7b || byte === 0x5b) depth += 1
      else if (byte === 0x7d || byte === 0x5d) {
        depth -= 1
        if (depth === 0) return at + 1
      }
    }
    return null
  }
}

function findPrimitiveEnd(chunk: Buffer, from: number): number | null {
  for (let at = from; at < chunk.length; at += 1) {
    const byte = chunk[at] ?? 0
    if (isBlank(byte) || isDelimiter(byte)) return at
  }
  return null
}

function countLineBreaks(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) count += 1
  return count
}
