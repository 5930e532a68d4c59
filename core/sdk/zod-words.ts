// What zod found wrong, as sentences for whoever gave the value in code or in a configuration. An author's own message is
// kept; zod's own are written for programs. Fields of a form are told in the words of people who fill in forms:
// core/admin/forms/issue-words.ts. PURE.
import type { z } from 'zod'

/** The members that differ from kind to kind; a plugin's own copy of zod may be another version. */
export type ZodIssue = Pick<z.core.$ZodIssue, 'path' | 'message'> & { readonly code?: string | undefined }

export interface IssuePlace {
  /** What the whole is called, for an issue without a path. */
  whole: string
  /** What was parsed, where it is at hand. */
  input?: unknown
}

/** "list is missing", "url must be a URL", "region: choose the one of your contract". */
export function issueSentences(issues: readonly ZodIssue[], place: IssuePlace): string[] {
  return issues.map((issue) => {
    const name = issue.path.map(String).join('.') || place.whole
    const words = issueWords(issue, place)
    return words === null ? `${name}: ${issue.message}` : `${name} ${words}`
  })
}

/** The end of a sentence that begins with the value's name; null where the schema's author has said it in his own words. */
export function issueWords(issue: ZodIssue, { input }: Pick<IssuePlace, 'input'> = {}): string | null {
  if (!/^(Invalid |Too (small|big): |Unrecognized key)/.test(issue.message)) return null
  const isMissing = input === undefined ? /received undefined$/.test(issue.message) : isUndefinedAt(input, issue.path)
  if (isMissing) return 'is missing'
  const read = (member: string): unknown => Reflect.get(issue, member)
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[String(read('expected'))] ?? `a ${String(read('expected'))}`}`
    case 'invalid_value':
      return `must be ${oneOf(read('values'))}`
    case 'invalid_format':
      return `must be ${formats[String(read('format'))] ?? 'of another form'}${formatDetail(read)}`
    case 'too_small':
      return bound(String(read('origin')), read('minimum'), read('inclusive') === false ? 'more than' : 'at least')
    case 'too_big':
      return bound(String(read('origin')), read('maximum'), read('inclusive') === false ? 'less than' : 'at most')
    case 'not_multiple_of':
      return `must be a multiple of ${String(read('divisor'))}`
    case 'unrecognized_keys':
      return `must not have ${list(read('keys')).map(quoted).join(', ')}`
    case 'invalid_union':
      return unionWords(read('errors'), read('options'))
    default:
      return 'is not of the expected form'
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  bigint: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  tuple: 'a list',
  date: 'a date',
  null: 'null',
  undefined: 'left out',
  never: 'left out',
}

const formats: Readonly<Record<string, string>> = {
  url: 'a URL',
  email: 'an e-mail address',
  uuid: 'a UUID',
  guid: 'a UUID',
  date: 'a date such as 2026-03-01',
  time: 'a time such as 09:30:00',
  datetime: 'a time such as 2026-03-01T09:30:00Z',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  json_string: 'JSON',
}

function formatDetail(read: (member: string) => unknown): string {
  const format = String(read('format'))
  if (format === 'starts_with') return `: it must begin with ${quoted(read('prefix'))}`
  if (format === 'ends_with') return `: it must end with ${quoted(read('suffix'))}`
  if (format === 'includes') return `: it must contain ${quoted(read('includes'))}`
  return ''
}

function bound(origin: string, limit: unknown, words: string): string {
  const isOne = Number(limit) === 1
  if (origin === 'string') {
    if (isOne && words === 'at least') return 'must not be empty'
    return `must have ${words} ${String(limit)} ${isOne ? 'character' : 'characters'}`
  }
  if (origin === 'array' || origin === 'set' || origin === 'map') {
    return `must have ${words} ${String(limit)} ${isOne ? 'entry' : 'entries'}`
  }
  return `must be ${words} ${limit instanceof Date ? limit.toISOString() : String(limit)}`
}

function unionWords(errors: unknown, options: unknown): string {
  const choices = list(options)
  if (choices.length > 0) return `must be ${oneOf(choices)}`
  const first = list(errors).flatMap((issues) => list(issues).filter(isIssue)[0] ?? [])
  const words = first.map((issue) => (issue.path.length === 0 ? issueWords(issue) : null))
  const known = words.filter((one): one is string => one !== null)
  return known.length > 0 && known.length === words.length
    ? [...new Set(known)].join(', or ')
    : 'is of none of the kinds that are allowed'
}

function oneOf(values: unknown): string {
  const all = list(values).map(quoted)
  return all.length === 1 ? String(all[0]) : `one of ${all.join(', ')}`
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : String(value)
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** True for what zod lists, whichever copy of it. */
export function isIssue(value: unknown): value is ZodIssue {
  const { path, message } = Object(value)
  return Array.isArray(path) && typeof message === 'string'
}

function isUndefinedAt(input: unknown, path: readonly PropertyKey[]): boolean {
  let current = input
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return true
    current = Reflect.get(current, key)
  }
  return current === undefined
}
