// Reads the challenges of a WWW-Authenticate header and the parameters of Authentication-Info (RFC 9110, section 11). PURE.
// Several headers arrive joined by commas, which also stand between the parameters of one challenge.

export interface Challenge {
  /** In lower case. */
  scheme: string
  /** By their names in lower case, without quotes. */
  parameters: ReadonlyMap<string, string>
}

const tokenPattern = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y
const equalsPattern = /[ \t]*=[ \t]*/y
const quotedPattern = /"((?:[^"\\]|\\.)*)"/sy
const token68Pattern = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y
const spacePattern = /[ \t]+/y
const gapPattern = /[ \t,]*/y

/** What cannot be read ends the list. */
export function parseChallenges(header: string | undefined): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  const reader = createReader(header ?? '')
  for (;;) {
    reader.read(gapPattern)
    const word = reader.read(tokenPattern)
    if (word === null) return challenges
    if (reader.read(equalsPattern) === null) {
      challenges.push({ scheme: word.toLowerCase(), parameters: new Map() })
      // A blob in place of parameters, as Negotiate has it.
      if (reader.read(spacePattern)) reader.read(token68Pattern)
      continue
    }
    const value = reader.readQuoted() ?? reader.read(tokenPattern)
    if (value === null) return challenges
    challenges.at(-1)?.parameters.set(word.toLowerCase(), value)
  }
}

/** `nextnonce="...", qop=auth` and the like, without a scheme. */
export function parseParameters(header: string | undefined): ReadonlyMap<string, string> {
  return parseChallenges(`x ${header ?? ''}`)[0]?.parameters ?? new Map()
}

function createReader(text: string) {
  let position = 0
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position
    return pattern.exec(text)
  }
  const read = (pattern: RegExp): string | null => {
    const found = match(pattern)
    if (found) position += found[0].length
    return found?.[0] ?? null
  }
  return {
    read,
    readQuoted(): string | null {
      const found = match(quotedPattern)
      if (!found) return null
      position += found[0].length
      return (found[1] ?? '').replace(/\\(.)/gs, '$1')
    },
  }
}
