// The forms of one position: who it is for and what that person answered, and its price.
import { z } from '../../../core/sdk/index.ts'
import type { Event } from '../entities/event.entity.ts'
import type { OrderPosition } from '../entities/order-position.entity.ts'
import { attendeeShape } from '../order-input.ts'
import { addressColumnNames, addressPreset, namePreset } from './address-fields.ts'
import { answerFieldName, answerPreset } from './answer-field.ts'
import { type AttendeeForm, attendeeFormFields, createAttendeeForm, readAttendee } from './attendee-form.ts'
import { hasChanged } from './changed-fields.ts'
import type { OfferedQuestion } from './event-offer.ts'
import type { FormValues } from './form-field.ts'
import { addSchemaProblems, type FormProblems } from './form-problems.ts'

const prefix = 'position'
const attendeeSchema = z.object(attendeeShape)
export type AttendeeChanges = z.input<typeof attendeeSchema>

interface PositionFormOptions {
  event: Event
  questions: readonly OfferedQuestion[]
  values: FormValues
}

export function createPositionForm({ event, questions, values }: PositionFormOptions): AttendeeForm {
  return createAttendeeForm({ prefix, place: '', values, event, questions })
}

export function positionPreset(
  position: OrderPosition,
  {
    event,
    questions,
    answers,
  }: {
    event: Event
    questions: readonly OfferedQuestion[]
    answers: ReadonlyMap<string, { text: string; optionIds: readonly string[] }>
  },
): Record<string, string | string[]> {
  const given = questions.flatMap((question) => {
    const answer = answers.get(question.id)
    return answer ? [[answerFieldName(prefix, question), answerPreset(question, answer, event.timezone)] as const] : []
  })
  return {
    ...namePreset(`${prefix}_attendeeName`, position.attendeeNameParts ?? null, event),
    [`${prefix}_attendeeEmail`]: position.attendeeEmail ?? '',
    ...addressPreset(prefix, (column) => position[column] ?? ''),
    ...Object.fromEntries(given),
  }
}

/** What was changed; empty when nothing was, null when something is wrong. */
export function readPositionForm(
  form: AttendeeForm,
  {
    event,
    questions,
    values,
    preset,
    problems,
  }: PositionFormOptions & {
    /** The values of what is stored. */
    preset: FormValues
    problems: FormProblems
  },
): AttendeeChanges | null {
  const fields = attendeeFormFields(form)
  const changed = hasChanged(fields, preset)
  const typed = readAttendee({ prefix, place: '', values, event, questions }, { form, problems })
  const nameFieldNames = form.person.map(({ name }) => name).filter((name) => name.startsWith(`${prefix}_attendeeName`))
  const answers = questions
    .filter((question) => changed([answerFieldName(prefix, question)]))
    .map(({ identifier }) => [identifier, typed.answers[identifier] ?? null] as const)
  const changes: AttendeeChanges = {
    ...(changed(nameFieldNames) ? { attendeeName: typed.attendeeName } : {}),
    ...(changed([`${prefix}_attendeeEmail`]) ? { attendeeEmail: typed.attendeeEmail } : {}),
    ...Object.fromEntries(
      addressColumnNames.flatMap((column) =>
        changed([`${prefix}_${column}`]) ? [[column, typed[column]] as const] : [],
      ),
    ),
    ...(answers.length > 0 ? { answers: Object.fromEntries(answers) } : {}),
  }
  const parsed = attendeeSchema.safeParse(changes)
  if (!parsed.success) {
    const fieldOf = (path: readonly PropertyKey[]) =>
      fields.find(({ name }) => name === [prefix, ...path.map(String)].join('_')) ?? null
    addSchemaProblems(parsed.error, { problems, fieldOf })
  }
  return problems.isEmpty ? changes : null
}
