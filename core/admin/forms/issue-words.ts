// What zod finds, in words that follow the label of a field: "must be a number". An author's own message goes before them.
import type { z } from 'zod'

/** Nothing was typed or chosen; the sentence is made with the field's label. */
export const missingWords = 'is missing'

type RawIssue = z.core.$ZodRawIssue

export function issueWords(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined || issue.input === null ? missingWords : `must be ${kindWords(issue.expected)}`
    case 'too_small':
      return smallWords(issue)
    case 'too_big':
      return bigWords(issue)
    case 'invalid_format':
      return formatWords(issue)
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    case 'invalid_value':
      return issue.input === undefined ? missingWords : 'must be one of the choices'
    case 'invalid_union': {
      const mark = Reflect.get(issue, 'discriminator')
      const chosen = typeof mark === 'string' ? Reflect.get(Object(issue.input), mark) : issue.input
      return chosen === undefined ? missingWords : 'must be one of the choices'
    }
    case 'invalid_key':
      return 'has a name that is not possible here'
    case 'unrecognized_keys':
      return `must not hold ${issue.keys.map((key) => `“${key}”`).join(', ')}`
    default:
      return 'is not possible'
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'yes or no',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

const kindWords = (expected: string): string => kinds[expected] ?? `of the kind ${expected}`

function smallWords({ origin, minimum, inclusive }: Extract<RawIssue, { code: 'too_small' }>): string {
  if (origin === 'string') return minimum === 1 ? missingWords : `must have at least ${characters(minimum)}`
  if (isCounted(origin)) return minimum === 1 ? missingWords : `must have at least ${entries(minimum)}`
  return inclusive === false ? `must be more than ${minimum}` : `must be ${minimum} or more`
}

function bigWords({ origin, maximum, inclusive }: Extract<RawIssue, { code: 'too_big' }>): string {
  if (origin === 'string') return `must have at most ${characters(maximum)}`
  if (isCounted(origin)) return `must have at most ${entries(maximum)}`
  return inclusive === false ? `must be less than ${maximum}` : `must be ${maximum} or less`
}

const isCounted = (origin: string): boolean => ['array', 'set', 'map', 'record'].includes(origin)
const characters = (count: number | bigint): string => `${count} ${Number(count) === 1 ? 'character' : 'characters'}`
const entries = (count: number | bigint): string => `${count} ${Number(count) === 1 ? 'entry' : 'entries'}`

function formatWords(issue: Extract<RawIssue, { code: 'invalid_format' }>): string {
  switch (issue.format) {
    case 'url':
      return 'must be a web address, for example https://example.com'
    case 'email':
      return 'must be an e-mail address, for example name@example.com'
    case 'uuid':
    case 'guid':
      return 'must be a UUID'
    case 'date':
      return 'must be a date such as 2026-11-22'
    case 'time':
      return 'must be a time such as 14:30'
    case 'datetime':
      return 'must be a date and time such as 2026-11-22T14:30:00Z'
    case 'starts_with':
      return `must begin with “${Reflect.get(issue, 'prefix')}”`
    case 'ends_with':
      return `must end with “${Reflect.get(issue, 'suffix')}”`
    case 'includes':
      return `must hold “${Reflect.get(issue, 'includes')}”`
    default:
      return 'does not have the form that is asked for'
  }
}
