// JSON that PostgreSQL's jsonb accepts: it refuses NUL characters and lone surrogates, which remotes do send.

export function toStoredJson(value: unknown): string {
  return (
    JSON.stringify(value, (_key, item: unknown) => (typeof item === 'string' ? toStoredText(item) : item)) ?? 'null'
  )
}

function toStoredText(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed()
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\ufffd') : wellFormed
}
