// A question as a field of a form: how it is asked by its type, and the way of its answer between field and record.
import type { Event } from '../entities/event.entity.ts'
import type { QuestionType } from '../entities/question.entity.ts'
import { isoInZone } from '../iso-in-zone.ts'
import { parseAnswer } from '../parse-answer.ts'
import { ShopError } from '../shop-error.ts'
import { countryName, findCountry } from './countries.ts'
import type { OfferedQuestion } from './event-offer.ts'
import { createField, type FieldDescription, type FieldKind, type FormField, type FormValues } from './form-field.ts'
import { expectations, type FormProblems } from './form-problems.ts'
import { instantInZone, localTimeIn } from './zoned-time.ts'

const kinds: Readonly<Record<QuestionType, FieldKind>> = {
  text: 'text',
  multiline: 'textarea',
  number: 'number',
  boolean: 'select',
  choice: 'select',
  multiple_choice: 'checkboxes',
  date: 'date',
  time: 'time',
  datetime: 'datetime-local',
  country: 'country',
  phone: 'tel',
  file: 'text',
}

// What the order actions take.
const maxAnswerLength = 10_000

export function answerFieldName(prefix: string, question: Pick<OfferedQuestion, 'id'>): string {
  return `${prefix}_q${question.id}`
}

export function answerField(
  question: OfferedQuestion,
  { prefix, place, values, timezone }: { prefix: string; place: string; values: FormValues; timezone: string },
): FormField {
  const description: FieldDescription = {
    name: answerFieldName(prefix, question),
    label: question.text,
    kind: kinds[question.type],
    options: optionsOf(question),
    place,
    width: question.type === 'multiline' || question.type === 'multiple_choice' ? 'full' : 'half',
  }
  if (question.type === 'file') description.hint = 'The name of the file.'
  if (question.type === 'datetime') description.hint = `Time in ${timezone}.`
  return createField(description, values)
}

function optionsOf({ type, options }: OfferedQuestion) {
  if (type === 'boolean') {
    return [
      { key: '', label: 'No answer' },
      { key: 'true', label: 'Yes' },
      { key: 'false', label: 'No' },
    ]
  }
  const offered = options.map(({ identifier, answer }) => ({ key: identifier, label: answer }))
  return type === 'choice' ? [{ key: '', label: 'No answer' }, ...offered] : offered
}

export type AnswerInput = string | string[]

/** What was answered, in the form the order actions take; null for no answer and for one that is wrong. */
export function readAnswer(
  question: OfferedQuestion,
  { field, event, problems }: { field: FormField; event: Pick<Event, 'timezone' | 'locales'>; problems: FormProblems },
): AnswerInput | null {
  const given = question.type === 'multiple_choice' ? [...field.values] : field.value
  if (given.length === 0) return null
  if (typeof given === 'string' && given.length > maxAnswerLength) {
    problems.add(field, `enter at most ${maxAnswerLength} characters`)
    return null
  }
  const answer = typeof given === 'string' ? toStored(question.type, given, event) : given
  if (answer === null || !isAnswer(question, answer)) {
    problems.add(field, expectations[field.kind])
    return null
  }
  return answer
}

function toStored(type: QuestionType, typed: string, { timezone, locales }: Pick<Event, 'timezone' | 'locales'>) {
  switch (type) {
    // Many people write decimals with a comma.
    case 'number':
      return /^-?\d+,\d+$/.test(typed) ? typed.replace(',', '.') : typed
    case 'datetime': {
      // With a space where the browser has no field of its own for it.
      const instant = instantInZone(typed.replace(' ', 'T'), timezone)
      return instant && isoInZone(instant, timezone)
    }
    case 'country':
      return findCountry(typed, locales)
    default:
      return typed
  }
}

function isAnswer(question: OfferedQuestion, answer: AnswerInput): boolean {
  try {
    parseAnswer(question, answer)
    return true
  } catch (error) {
    if (error instanceof ShopError) return false
    throw error
  }
}

/** A stored answer as its field holds it. */
export function answerPreset(
  question: OfferedQuestion,
  answer: { text: string; optionIds: readonly string[] },
  timezone: string,
): string | string[] {
  switch (question.type) {
    case 'choice':
    case 'multiple_choice':
      return question.options.filter(({ id }) => answer.optionIds.includes(id)).map(({ identifier }) => identifier)
    case 'datetime':
      return localTimeIn(answer.text, timezone)
    case 'country':
      return countryName(answer.text)
    default:
      return answer.text
  }
}
