// Whether a mapping's condition holds for a record, and the condition in words. Total: any field value can be compared with
// any operand. PURE.
//   - no value compares as empty text, true and false as those words;
//   - integer, decimal, date and datetime fields are compared by what they mean, `12.50` equals `12.5`; `greater_than` and
//     `less_than` do so for every field where both sides are numbers or ISO dates, else they compare text;
//   - of a list, `equals` wants exactly this one item; all other comparisons hold when they hold for some item.
import type { Condition } from '../sdk/mapping.ts'
import { isEmptyValue, type SourceValue } from '../sdk/property-value.ts'
import type { SourceField } from '../sdk/source-model.ts'
import { compareDecimals } from './decimals.ts'
import { compareIsoDates } from './iso-dates.ts'
import { type FieldReader, fieldOf, readField } from './source-fields.ts'

type Comparison = Extract<Condition, { operator: string }>

export function meetsCondition(condition: Condition, reader: FieldReader): boolean {
  if ('all' in condition) return condition.all.every((part) => meetsCondition(part, reader))
  if ('any' in condition) return condition.any.some((part) => meetsCondition(part, reader))
  if ('not' in condition) return !meetsCondition(condition.not, reader)
  const field = fieldOf(reader, condition.field)
  const value = readField(reader, field)
  if ('is' in condition) return isEmptyValue(value) === (condition.is === 'empty')
  if ('oneOf' in condition) return condition.oneOf.some((operand) => itemsOf(value).some(isEqualTo(operand, field)))
  return compares(value, condition, field)
}

function compares(value: SourceValue, { operator, value: operand }: Comparison, field: SourceField): boolean {
  const text = String(operand)
  const items = itemsOf(value)
  const isEqual = isEqualTo(text, field)
  switch (operator) {
    case 'equals':
      return items.length === 1 && items.every(isEqual)
    case 'not_equals':
      return !(items.length === 1 && items.every(isEqual))
    case 'contains':
      return Array.isArray(value) ? items.some(isEqual) : items.some((item) => item.includes(text))
    case 'starts_with':
      return items.some((item) => item.startsWith(text))
    case 'ends_with':
      return items.some((item) => item.endsWith(text))
    case 'greater_than':
      return items.some((item) => item !== '' && inOrder(item, text) > 0)
    case 'less_than':
      return items.some((item) => item !== '' && inOrder(item, text) < 0)
  }
}

function itemsOf(value: SourceValue): readonly string[] {
  if (typeof value === 'string') return [value]
  if (value === null) return ['']
  if (typeof value === 'boolean') return [String(value)]
  return value.length === 0 ? [''] : value
}

function isEqualTo(operand: string, { type }: SourceField): (item: string) => boolean {
  // Text that looks like a number is no number: the zip code 01234 is not 1234.
  if (type === 'integer' || type === 'decimal') {
    return (item) => (compareDecimals(item, operand) ?? (item === operand ? 0 : 1)) === 0
  }
  if (type === 'date' || type === 'datetime') {
    return (item) => (compareIsoDates(item, operand) ?? (item === operand ? 0 : 1)) === 0
  }
  return (item) => item === operand
}

function inOrder(left: string, right: string): number {
  const order = compareDecimals(left, right) ?? compareIsoDates(left, right)
  return order ?? (left < right ? -1 : left > right ? 1 : 0)
}

const phrases: Record<Comparison['operator'], string> = {
  equals: 'is',
  not_equals: 'is not',
  contains: 'contains',
  starts_with: 'begins with',
  ends_with: 'ends with',
  greater_than: 'is greater than',
  less_than: 'is less than',
}

/** The condition in words: `"Order status" is one of paid, expired`. Options are called by their labels. */
export function describeCondition(condition: Condition, fields: ReadonlyMap<string, SourceField>): string {
  if ('all' in condition) return describeParts(condition.all, 'and', fields) || 'always'
  if ('any' in condition) return describeParts(condition.any, 'or', fields)
  if ('not' in condition) return `not (${describeCondition(condition.not, fields)})`
  const field = fields.get(condition.field)
  const subject = `"${field?.label ?? condition.field}"`
  const labelOf = (key: string): string => field?.options?.find((option) => option.key === key)?.label ?? key
  if ('is' in condition) return `${subject} is ${condition.is === 'empty' ? 'empty' : 'not empty'}`
  if ('oneOf' in condition) return `${subject} is one of ${condition.oneOf.map(labelOf).join(', ')}`
  return `${subject} ${phrases[condition.operator]} ${labelOf(String(condition.value)) || '""'}`
}

function describeParts(parts: readonly Condition[], word: string, fields: ReadonlyMap<string, SourceField>): string {
  const texts = parts.map((part) =>
    'all' in part || 'any' in part ? `(${describeCondition(part, fields)})` : describeCondition(part, fields),
  )
  return texts.join(` ${word} `)
}
