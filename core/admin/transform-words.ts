// The closed list of transforms and conditions, each as a person says it. Pure.
import type { Condition, Transform } from '../sdk/mapping.ts'

type FieldLabel = (key: string) => string

export function transformWords(transform: Transform): string {
  switch (transform.name) {
    case 'trim':
      return 'without spaces around it'
    case 'uppercase':
      return 'in capitals'
    case 'lowercase':
      return 'in small letters'
    case 'capitalize':
      return 'with a capital first letter'
    case 'truncate':
      return `cut after ${transform.length} characters`
    case 'replace':
      return `“${transform.search}” replaced by “${transform.replacement}”`
    case 'default':
      return `“${transform.value}” when it is empty`
    case 'prefix':
      return `with “${transform.text}” before it`
    case 'suffix':
      return `with “${transform.text}” after it`
    case 'split':
      return `split at “${transform.separator}”`
    case 'join':
      return `joined with “${transform.separator}”`
    case 'pick':
      return transform.index < 0 ? `only entry ${-transform.index} from the end` : `only entry ${transform.index + 1}`
    case 'number':
      return 'as a number'
    case 'round':
      return transform.digits === 0 ? 'rounded to a whole number' : `rounded to ${transform.digits} decimal places`
    case 'date':
      return `as a ${transform.format.replaceAll('_', ' ')}`
    case 'sha256':
      return 'as a SHA-256 hash'
    case 'boolean_text':
      return `“${transform.whenTrue}” for yes, “${transform.whenFalse}” for no`
    case 'given_name':
      return 'only the given name'
    case 'family_name':
      return 'only the family name'
    case 'email_domain':
      return 'only the part after the @'
  }
}

const operatorWords = {
  equals: 'is',
  not_equals: 'is not',
  contains: 'contains',
  starts_with: 'begins with',
  ends_with: 'ends with',
  greater_than: 'is greater than',
  less_than: 'is less than',
} as const

export function conditionWords(condition: Condition, label: FieldLabel): string {
  if ('all' in condition) return group(condition.all, 'and', label) || 'always'
  if ('any' in condition) return group(condition.any, 'or', label)
  if ('not' in condition) return `not (${conditionWords(condition.not, label)})`
  if ('is' in condition) return `${label(condition.field)} is ${condition.is === 'empty' ? 'empty' : 'not empty'}`
  if ('oneOf' in condition) return `${label(condition.field)} is one of ${condition.oneOf.map(quoted).join(', ')}`
  const value = typeof condition.value === 'boolean' ? (condition.value ? 'yes' : 'no') : quoted(condition.value)
  return `${label(condition.field)} ${operatorWords[condition.operator]} ${value}`
}

function group(conditions: readonly Condition[], word: string, label: FieldLabel): string {
  return conditions
    .map((one) => {
      const isGroup = ('all' in one && one.all.length > 1) || ('any' in one && one.any.length > 1)
      return isGroup ? `(${conditionWords(one, label)})` : conditionWords(one, label)
    })
    .join(` ${word} `)
}

const quoted = (text: string): string => `“${text}”`
