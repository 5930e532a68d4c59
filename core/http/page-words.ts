// What a web page says, without its markup: proxies, firewalls and sign-in pages answer with one where an API was asked, and
// its title is what a person recognises. PURE. One pass over a text that may be as hostile as it likes.

/** By its type or its first sign. */
export function isWebPage({ text, headers }: { text: string; headers: Readonly<Record<string, string>> }): boolean {
  const type = headers['content-type'] ?? ''
  if (/^\s*(text\/html|application\/xhtml\+xml)\b/i.test(type)) return true
  // A page that is sent as something else is one all the same; other types are taken at their word.
  return /^\s*(<!--|<!doctype html|<html[\s>])/i.test(text.slice(0, 500))
}

const unseen = new Set(['script', 'style', 'template', 'noscript', 'svg', 'title'])
/** Tags that a browser draws no gap for. */
const withinWord = new Set(['a', 'b', 'code', 'em', 'font', 'i', 'mark', 's', 'small', 'span', 'strong', 'u', 'wbr'])

/** The title, and what stands in the page after it, each on one line. */
export function pageWords(html: string): { title: string; words: string } {
  const lower = html.toLowerCase()
  const endOf = (mark: string, from: number): number => {
    const found = lower.indexOf(mark, from)
    return found < 0 ? html.length : found
  }
  const parts: string[] = []
  let title = ''
  let at = 0
  while (at < html.length) {
    const open = endOf('<', at)
    parts.push(html.slice(at, open))
    const [, slash = '', name = ''] = /^<(\/?)([a-z!?][a-z0-9-]*)/.exec(lower.slice(open, open + 40)) ?? []
    if (lower.startsWith('<!--', open)) at = endOf('-->', open) + 3
    // A sign in the text, as in "1 < 2".
    else if (name === '') {
      parts.push(html.slice(open, open + 1))
      at = open + 1
    } else {
      const inner = endOf('>', open) + 1
      const isLeft = slash === '' && unseen.has(name)
      const close = isLeft ? endOf(`</${name}`, inner) : inner
      if (isLeft && name === 'title' && title === '') title = oneLine(html.slice(inner, close))
      if (!withinWord.has(name)) parts.push(' ')
      at = isLeft ? endOf('>', close) + 1 : inner
    }
  }
  const line = oneLine(parts.join(''))
  return { title, words: title !== '' && line.startsWith(title) ? line.slice(title.length).trim() : line }
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

function oneLine(text: string): string {
  const decoded = text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return named[String(name).toLowerCase()] ?? whole
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
    return point <= 0x10_ffff ? String.fromCodePoint(point) : whole
  })
  return decoded.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()
}
