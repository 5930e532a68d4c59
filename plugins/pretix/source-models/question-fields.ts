// One field a question, in the question's own type. An add-on without an answer of its own takes that of its main position,
// because the same person answered.
import { createFieldMaker, type SourceField, type SourceType, type SourceValue } from '../../../core/sdk/index.ts'
import type { QuestionFacts } from '../event-reader.ts'
import { isoInZone } from '../iso-in-zone.ts'
import { fieldCategories } from './field-categories.ts'
import type { LoadedAnswer, LoadedPosition } from './loaded-order.ts'

const question = createFieldMaker<LoadedPosition>('position', fieldCategories.questions)

// pretix's letters. An uploaded file (F) is no value that could be sent; what pretix may add later is read as text.
const sourceTypes: Readonly<Record<string, SourceType | null>> = {
  S: 'text',
  T: 'multiline',
  N: 'decimal',
  B: 'boolean',
  C: 'choice',
  M: 'multiple_choice',
  D: 'date',
  H: 'time',
  W: 'datetime',
  CC: 'country',
  TEL: 'phone',
  F: null,
}

/** Questions of one identifier in several events make one field, with the type of the first and the options of all. */
export function questionFields(questions: readonly QuestionFacts[]): SourceField[] {
  const byIdentifier = Map.groupBy(questions, ({ identifier }) => identifier)
  return [...byIdentifier.values()].flatMap((asked) => {
    const [first] = asked
    const type = first ? (Object.hasOwn(sourceTypes, first.type) ? (sourceTypes[first.type] ?? null) : 'text') : null
    if (!first || !type) return []
    const isChoice = type === 'choice' || type === 'multiple_choice'
    const options = new Map(asked.flatMap((one) => one.options).map((option) => [option.key, option]))
    const order = [...options.keys()]
    return question({
      key: `question_${first.identifier}`,
      label: first.text,
      type,
      ...(isChoice ? { options: [...options.values()] } : {}),
      read: (position) => readAnswer(findAnswer(position, first.identifier), { type, order, position }),
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
  { type, order, position }: { type: SourceType; order: readonly string[]; position: LoadedPosition },
): SourceValue {
  switch (type) {
    case 'choice':
    case 'multiple_choice':
      if (!answer) return []
      // Another event of the scope may ask the same as text: the text then stands for an option that the field lacks.
      if (answer.options.length === 0) return [answer.text]
      // In the order of the options, so that the same choice is always sent the same way.
      return [...answer.options].sort((left, right) => order.indexOf(left) - order.indexOf(right))
    case 'boolean':
      return answer ? answer.text.toLowerCase() === 'true' : null
    case 'datetime':
      return answer ? isoInZone(answer.text, position.order.event.timezone) : null
    default:
      return answer?.text ?? null
  }
}
