// Which records a backfill is for, checked against what the source model can filter by.
import { SyncConfigError } from '../errors.ts'
import { didYouMean } from '../sdk/near-name.ts'
import type { SourceFilter, SourceFilterField, SourceModel } from '../sdk/source-model.ts'

/** The filter without the fields left empty. Throws a SyncConfigError that names every field at fault. */
export function checkFilter(model: SourceModel, filter: SourceFilter): SourceFilter {
  const given = Object.entries(filter).filter(([, value]) => value.trim() !== '')
  const problems = given.flatMap(([key, value]) => {
    const field = model.filters.find((one) => one.key === key)
    const keys = model.filters.map((one) => one.key)
    const problem = field ? problemOf(field, value) : `there is no such filter.${didYouMean(key, keys)}`
    return problem ? [`${key}: ${problem}`] : []
  })
  if (problems.length > 0) {
    throw new SyncConfigError(`${model.labelPlural} cannot be filtered like this. Correct it: ${problems.join('; ')}.`)
  }
  return Object.fromEntries(given.map(([key, value]) => [key, value.trim()]))
}

function problemOf(field: SourceFilterField, value: string): string | null {
  if (value.includes('\0') || !value.isWellFormed()) return 'must not hold a NUL character'
  if (field.type === 'date') {
    const isDate = /^\d{4}-\d{2}-\d{2}$/.test(value.trim()) && isCalendarDay(value.trim())
    return isDate ? null : `"${value}" is no date such as 2026-11-22`
  }
  if (field.type === 'choice' && field.options) {
    const keys = field.options.map((option) => option.key)
    return keys.includes(value.trim()) ? null : `"${value}" is none of ${keys.join(', ')}`
  }
  return null
}

// 2026-02-30 is read as a day in March.
function isCalendarDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
}
