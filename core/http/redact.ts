// Takes credentials out of everything that is shown, stored or logged. PURE. Two ways at once: by the name of a header,
// query key or JSON key, and by the known secret values of a connection, in the forms a remote may echo them.

const mark = '[redacted]'

// Compared without case and separators: X-Api-Key, api_key and apiKey are one name.
const credentialParts =
  /authorization|password|passwd|passphrase|pwd|secret(?!ar)|token|apikey|accesskey|privatekey|signingkey|sharedkey|authkey|credential|cookie|signature|sessionid|sessionkey|jwt|bearer/
const credentialNames = new Set(['auth', 'xauth', 'sig', 'sid', 'hmac', 'cvv', 'cvc'])

function isCredentialName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '')
  return credentialNames.has(plain) || credentialParts.test(plain)
}

export function redactHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, isCredentialName(name) ? mark : value]),
  )
}

/** The URL without user name, password, fragment and the values of query keys that carry credentials. */
export function redactUrl(url: string): string {
  const parsed = URL.parse(url)
  // Not parseable, so it was never called; what is shown must still hide what may have been meant as a credential.
  if (!parsed) return url.replace(/[?#].*$/s, '').replace(/\/\/[^/]*@/, `//${mark}@`)
  const user = parsed.username || parsed.password ? `${mark}@` : ''
  return `${parsed.protocol}//${user}${parsed.host}${parsed.pathname}${redactQuery(parsed.search)}`
}

function redactQuery(search: string): string {
  if (search === '') return ''
  const pairs = search.slice(1).split('&')
  return `?${pairs.map((pair) => (isCredentialPair(pair) ? `${pair.slice(0, pair.indexOf('='))}=${mark}` : pair)).join('&')}`
}

function isCredentialPair(pair: string): boolean {
  const [name] = new URLSearchParams(pair).keys()
  return pair.includes('=') && name !== undefined && (name === 'key' || isCredentialName(name))
}

const deepestLevel = 200

/** A copy with the values of credential keys and all known secrets replaced. Takes anything JSON can hold. */
export function redactJson(value: unknown, secrets: readonly string[]): unknown {
  return redactValue(value, secrets, 0)
}

function redactValue(value: unknown, secrets: readonly string[], level: number): unknown {
  if (typeof value === 'string') return redactText(value, secrets)
  if (typeof value !== 'object' || value === null) return value
  // A remote may nest deeper than the stack is; nobody reads that far.
  if (level >= deepestLevel) return '[nested too deep]'
  if (Array.isArray(value)) return value.map((item) => redactValue(item, secrets, level + 1))
  if (value instanceof Date) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      redactText(key, secrets),
      isCredentialName(key) && item !== null ? mark : redactValue(item, secrets, level + 1),
    ]),
  )
}

/**
 * Replaces known secret values: as they are, percent-encoded, escaped for JSON or HTML, and inside base64 (also as part
 * of a longer text, as in Basic credentials). Values of less than 4 characters are left: that would take words apart.
 */
export function redactText(text: string, secrets: readonly string[]): string {
  const pattern = patternOf(secrets)
  return pattern ? text.replace(pattern, mark) : text
}

/** The first `limit` characters on one line, redacted before they are cut: half a secret is not recognised any more. */
export function redactedExcerpt(
  text: string,
  { secrets, limit }: { secrets: readonly string[]; limit: number },
): string {
  const longest = longestForm * Math.max(0, ...secrets.map((secret) => secret.length))
  let excerpt = redactText(text.slice(0, limit + longest), secrets)
  // What the window cut in two stands at its end.
  if (text.length > limit + longest) excerpt = excerpt.slice(0, excerpt.length - longest)
  // Control characters would split log lines, and PostgreSQL stores neither NUL nor half a surrogate pair.
  const line = excerpt.replace(/[\s\p{Cc}]+/gu, ' ').trim()
  return line.length > limit || text.length > limit + longest
    ? `${line.slice(0, limit).toWellFormed()}…`
    : line.toWellFormed()
}

const shortestSecret = 4
// %25E2%2582%25AC: what one character can grow to when it is percent-encoded twice.
const longestForm = 20

// One connection's secrets are asked for again and again with the same array. Only a frozen one is remembered: another
// could get a further secret later.
const patterns = new WeakMap<readonly string[], RegExp | null>()

function patternOf(secrets: readonly string[]): RegExp | null {
  const known = patterns.get(secrets)
  if (known !== undefined) return known
  const forms = secrets
    .filter((secret) => secret.length >= shortestSecret)
    // The longer one first: a secret may contain another one.
    .sort((a, b) => b.length - a.length)
    .flatMap((secret) => [writtenForm(secret), ...base64Forms(secret)])
  const pattern = forms.length > 0 ? new RegExp(forms.join('|'), 'g') : null
  if (Object.isFrozen(secrets)) patterns.set(secrets, pattern)
  return pattern
}

const htmlNames = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;|&#34;'],
  ["'", '&#39;|&#x27;|&apos;'],
])

// Each character as it is or as an encoder may have written it, so that no encoder's own list of safe characters matters.
function writtenForm(secret: string): string {
  return [...secret].map(writtenCharacter).join('')
}

// JSON in a text of JSON, as in a quoted request, is escaped once more.
const escapes = '\\\\{1,3}'

function writtenCharacter(character: string): string {
  if (/^[A-Za-z0-9]$/.test(character)) return character
  const bytes = [...Buffer.from(character, 'utf8')]
  const forms = [
    escapeRegExp(character),
    bytes.map((byte) => `%(?:25)?${anyCaseHex(byte, 2)}`).join(''),
    [...character]
      .flatMap(utf16Units)
      .map((unit) => `${escapes}u${anyCaseHex(unit, 4)}`)
      .join(''),
  ]
  const json = JSON.stringify(character).slice(1, -1)
  if (character === '\\') forms.push(escapeRegExp(json), escapeRegExp(json + json))
  else if (json !== character) forms.push(`${escapes}${escapeRegExp(json.slice(1))}`)
  if (character === '/') forms.push(`${escapes}/`)
  if (character === ' ') forms.push('\\+')
  const html = htmlNames.get(character)
  if (html) forms.push(html)
  // The longest first: a backslash alone must not match the first half of an escaped one.
  return `(?:${forms.reverse().join('|')})`
}

const utf16Units = (character: string): number[] =>
  Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))

function anyCaseHex(value: number, width: number): string {
  const digits = value.toString(16).padStart(width, '0')
  return digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)
}

// Where the secret begins within a group of three bytes decides how it reads in base64: three forms, each without the
// characters at its edges that also hold bits of the neighbours. Those neighbours are taken along when they are there.
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8')
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64url')
    const first = Math.ceil((offset * 8) / 6)
    const end = Math.floor(((offset + bytes.length) * 8) / 6)
    const core = encoded.slice(first, end)
    if (core.length < shortestSecret) return []
    const anyAlphabet = core.replace(/-/g, '[+-]').replace(/_/g, '[/_]')
    return [`[A-Za-z0-9+/_-]?${anyAlphabet}[A-Za-z0-9+/_-]?={0,2}`]
  })
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
