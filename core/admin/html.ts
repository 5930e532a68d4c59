// Text that is markup already, told apart from text that is not: everything else is escaped on its way into a page, so a
// forgotten escape cannot happen in a view.

const mark = Symbol('html')

export interface Html {
  readonly [mark]: true
  toString(): string
}

/** Declares text to be markup. Only for text whose every part was escaped or written by us. */
export function markup(text: string): Html {
  return Object.freeze({ [mark]: true as const, toString: () => text })
}

function isHtml(value: unknown): value is Html {
  return typeof value === 'object' && value !== null && Reflect.get(value, mark) === true
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

/** What `<%= value %>` writes: markup as it is, nothing for null and undefined, everything else escaped. */
export function escapeHtml(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (isHtml(value)) return value.toString()
  // NUL is no character of HTML; browsers would show a replacement for it.
  return String(value)
    .replaceAll('\0', '')
    .replaceAll(/[&<>"'`]/g, (character) => entities[character] ?? '')
}
