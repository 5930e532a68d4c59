// What is wrong with a condition: fields that do not exist, and operands that no value of the field can ever equal. PURE.
import type { Condition } from '../sdk/mapping.ts'
import { didYouMean } from '../sdk/near-name.ts'
import type { SourceField } from '../sdk/source-model.ts'
import { decimalText } from './decimals.ts'
import { parseIsoDate } from './iso-dates.ts'
import { findField, type ValidationContext } from './validation-context.ts'

export function validateCondition(condition: Condition, path: string, context: ValidationContext): void {
  if ('all' in condition) {
    condition.all.forEach((part, index) => {
      validateCondition(part, `${path}.all.${index}`, context)
    })
  } else if ('any' in condition) {
    condition.any.forEach((part, index) => {
      validateCondition(part, `${path}.any.${index}`, context)
    })
  } else if ('not' in condition) {
    validateCondition(condition.not, `${path}.not`, context)
  } else {
    const field = findField(context, condition.field, `${path}.field`)
    if (field !== undefined) checkOperands(condition, field, path, context)
  }
}

type FieldCondition = Extract<Condition, { field: string }>

function checkOperands(condition: FieldCondition, field: SourceField, path: string, context: ValidationContext): void {
  if ('is' in condition) return
  const operands = 'oneOf' in condition ? condition.oneOf : [String(condition.value)]
  // Beginnings, endings and parts of a text need not be whole values.
  if ('operator' in condition && ['contains', 'starts_with', 'ends_with'].includes(condition.operator)) return
  operands.forEach((operand, index) => {
    const problem = operandProblem(operand, field)
    if (problem === null) return
    context.report('oneOf' in condition ? `${path}.oneOf.${index}` : `${path}.value`, problem)
  })
}

function operandProblem(operand: string, { label, type, options }: SourceField): string | null {
  // Empty text asks for "no value".
  if (operand === '') return null
  if (options !== undefined && options.length > 0) {
    const keys = options.map(({ key }) => key)
    return keys.includes(operand) ? null : `"${label}" has no option "${operand}".${didYouMean(operand, keys)}`
  }
  if (type === 'boolean') {
    return operand === 'true' || operand === 'false' ? null : `"${label}" is true or false, never "${operand}".`
  }
  if (type === 'integer' || type === 'decimal') {
    return decimalText(operand) === null ? `"${label}" is a number, and "${operand}" is none.` : null
  }
  if (type === 'date' || type === 'datetime') {
    return parseIsoDate(operand) === null
      ? `"${label}" is a date. Write "${operand}" as 2026-03-01 or 2026-03-01T09:30:00+01:00.`
      : null
  }
  return null
}
