// What reasons have in common when only a record's own values differ: “Cannot write "a@b" from …” and “Cannot write "c@d"
// from …” are one cause, while the names of fields and mappings tell causes apart. PURE.

const maxKeyLength = 300
/** Of a reason; a remote's or a host's can be a page long. */
const maxReadLength = 2_000

/** The reason without what belongs to one record: its values, its ids, numbers. */
export function causeOf(
  reason: string,
  { names, own }: { names: ReadonlySet<string>; own: readonly string[] },
): string {
  const withoutOwn = [...new Set(own)]
    // Of two that begin alike the longer one first; very short ones would be found in other words.
    .filter((text) => text.length > 2 && !names.has(text))
    .sort((a, b) => b.length - a.length)
    .reduce((text, one) => text.replaceAll(one, '…'), reason.slice(0, maxReadLength))
  const withoutValues = withoutOwn.replaceAll(quotedOrWord, (found, inDouble?: string, inCurly?: string) => {
    const quoted = inDouble ?? inCurly
    if (names.has(quoted ?? found)) return found
    if (quoted !== undefined) return '"…"'
    // K1001, most of a UUID.
    return /\d/.test(found) ? '…' : found
  })
  return withoutValues.slice(0, maxKeyLength)
}

const quotedOrWord = /"((?:[^"\\]|\\.)*)"|“([^”]*)”|[\w-]+/g

/** Every text in a mapping document, names of fields, types and mappings among them. */
export function namesIn(document: unknown): ReadonlySet<string> {
  const names = new Set<string>()
  collect(document, names)
  return names
}

function collect(value: unknown, names: Set<string>): void {
  if (typeof value === 'string') names.add(value)
  else if (typeof value === 'object' && value !== null)
    for (const member of Object.values(value)) collect(member, names)
}
