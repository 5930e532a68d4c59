// One field a question, in the question's own type. An add-on without an answer of its own takes that of its main position,
// because the same person answered.
import { createFieldMaker, type SourceField, type SourceType, type SourceValue } from '../../../core/sdk/index.ts'
import type { QuestionType } from '../entities/question.entity.ts'
import { isoInZone } from '../iso-in-zone.ts'
import { fieldCategories } from './field-categories.ts'
import type { LoadedAnswer, LoadedPosition } from './loaded-order.ts'
import type { ScopeQuestion } from './scope-settings.ts'

const question = createFieldMaker<LoadedPosition>('position', fieldCategories.questions)

const sourceTypes: Readonly<Record<Exclude<QuestionType, 'file'>, SourceType>> = {
  text: 'text',
  multiline: 'multiline',
  number: 'decimal',
  boolean: 'boolean',
  choice: 'choice',
  multiple_choice: 'multiple_choice',
  date: 'date',
  time: 'time',
  datetime: 'datetime',
  country: 'country',
  phone: 'phone',
}

/** Questions of one identifier in several events make one field, with the type of the first and the options of all. */
export function questionFields(questions: readonly ScopeQuestion[]): SourceField[] {
  const readable = questions.flatMap(({ type, ...rest }) => (type === 'file' ? [] : [{ type, ...rest }]))
  const byIdentifier = Map.groupBy(readable, ({ identifier }) => identifier)
  return [...byIdentifier.values()].flatMap((asked) => {
    const [first] = asked
    if (!first) return []
    const type = sourceTypes[first.type]
    const isChoice = type === 'choice' || type === 'multiple_choice'
    const options = new Map(asked.flatMap((one) => one.options).map((option) => [option.key, option]))
    return question({
      key: `question_${first.identifier}`,
      label: first.text,
      type,
      ...(isChoice ? { options: [...options.values()] } : {}),
      read: (position) => readAnswer(findAnswer(position, first.identifier), { type, position }),
    })
  })
}

function findAnswer(position: LoadedPosition, identifier: string): LoadedAnswer | undefined {
  const find = (answers: readonly LoadedAnswer[] | undefined) =>
    answers?.find((answer) => answer.identifier === identifier)
  return find(position.answers) ?? find(position.addonTo?.answers)
}

function readAnswer(
  answer: LoadedAnswer | undefined,
  { type, position }: { type: SourceType; position: LoadedPosition },
): SourceValue {
  switch (type) {
    case 'choice':
    case 'multiple_choice':
      if (!answer) return []
      // Another event of the scope may ask the same as text: the text then stands for an option that the field lacks.
      return answer.options.length > 0 ? answer.options : [answer.text]
    case 'boolean':
      return answer ? answer.text === 'true' : null
    case 'datetime':
      return answer ? isoInZone(answer.text, position.order.event.timezone) : null
    default:
      return answer?.text ?? null
  }
}
