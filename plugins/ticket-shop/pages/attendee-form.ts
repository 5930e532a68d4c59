// The part of a form that asks about one person: name, e-mail, address, the event's questions. Used where an order is placed
// and where an item of it is changed.
import type { Event } from '../entities/event.entity.ts'
import type { NameInput } from '../name-scheme.ts'
import { type AddressInput, addressFields, nameFields, readAddress, readName } from './address-fields.ts'
import { type AnswerInput, answerField, answerFieldName, readAnswer } from './answer-field.ts'
import type { OfferedQuestion } from './event-offer.ts'
import { createField, type FormField, type FormValues } from './form-field.ts'
import type { FormProblems } from './form-problems.ts'

export interface AttendeeForm {
  person: readonly FormField[]
  address: readonly FormField[]
  answers: readonly FormField[]
  /** Something of the address is filled in. */
  hasAddress: boolean
}

export interface AttendeeInput extends AddressInput {
  attendeeName: NameInput | null
  attendeeEmail: string | null
  /** By the question's identifier. */
  answers: Record<string, AnswerInput | null>
}

interface AttendeeFormOptions {
  /** What the names of its fields begin with. */
  prefix: string
  place: string
  values: FormValues
  event: Event
  questions: readonly OfferedQuestion[]
}

export function createAttendeeForm(options: AttendeeFormOptions): AttendeeForm {
  const { prefix, place, values, event, questions } = options
  const address = addressFields(options)
  return {
    person: [
      ...nameFields({ prefix: `${prefix}_attendeeName`, place, values }, event),
      createField({ name: `${prefix}_attendeeEmail`, label: 'E-mail', kind: 'email', place }, values),
    ],
    address,
    answers: questions.map((question) => answerField(question, { prefix, place, values, timezone: event.timezone })),
    hasAddress: address.some(({ value }) => value !== ''),
  }
}

/** What was typed; answers that are wrong are told to `problems`. */
export function readAttendee(
  { prefix, values, event, questions }: AttendeeFormOptions,
  { form, problems }: { form: AttendeeForm; problems: FormProblems },
): AttendeeInput {
  const answers = questions.flatMap((question) => {
    const field = form.answers.find(({ name }) => name === answerFieldName(prefix, question))
    return field ? [[question.identifier, readAnswer(question, { field, event, problems })] as const] : []
  })
  return {
    attendeeName: readName({ prefix: `${prefix}_attendeeName`, values }, event),
    attendeeEmail: values.text(`${prefix}_attendeeEmail`) || null,
    ...readAddress({ prefix, values }, event),
    answers: Object.fromEntries(answers),
  }
}

export function attendeeFormFields({ person, address, answers }: AttendeeForm): FormField[] {
  return [...person, ...address, ...answers]
}
