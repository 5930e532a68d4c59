// Fields that are shown only while another one has a value: without scripts the style sheet does it, by numbers. The
// options that show a field carry the number that the field carries; views/assets/admin/forms.css knows the first twelve.
import { insideSentence } from './field-words.ts'
import type { Member, Shape } from './form-shape.ts'

export const slotCount = 12

/** Slots of the fields beside it that are shown while this is chosen, and of those that are shown while it is not. */
export interface Shows {
  slots: readonly number[]
  offSlots: readonly number[]
}

export interface FieldSlots {
  /** When a field belongs to the form; null: always. */
  whenOf(shape: Shape): { slot: number | null; words: string } | null
  /** The fields that a choice of this text shows. */
  slotsOf(key: string, text: string): readonly number[]
  shownBy(key: string): Shows
}

export function fieldSlots(members: readonly Member[]): FieldSlots {
  const conditions = members.flatMap(({ shape }) => (shape.when ? [shape.when] : []))
  const marks = [...new Set(conditions.map(markOf))]
  const slotOf = (when: Condition): number | null => {
    const controlling = members.find(({ key }) => key === when.field)?.shape.kind.name
    const slot = marks.indexOf(markOf(when))
    return slot < slotCount && (controlling === 'choice' || controlling === 'checkbox') ? slot : null
  }
  const slotsOf = (key: string, text: string): readonly number[] => [
    ...new Set(
      conditions
        .filter(({ field, equals }) => field === key && equals.some((one) => String(one) === text))
        .flatMap((when) => slotOf(when) ?? []),
    ),
  ]
  return {
    whenOf: ({ when }) => (when ? { slot: slotOf(when), words: whenWords(when, members) } : null),
    slotsOf,
    shownBy: (key) => ({ slots: slotsOf(key, 'true'), offSlots: slotsOf(key, 'false') }),
  }
}

type Condition = NonNullable<Shape['when']>

const markOf = ({ field, equals }: Condition): string => JSON.stringify([field, equals])

function whenWords({ field, equals }: Condition, members: readonly Member[]): string {
  const other = members.find(({ key }) => key === field)?.shape
  if (!other) return 'Only in some cases.'
  if (other.kind.name !== 'choice') {
    return `Only ${equals.includes(false) ? 'without' : 'with'} “${other.label}”.`
  }
  const { options } = other.kind
  const labels = equals.map((one) => options.find(({ text }) => text === String(one))?.label ?? String(one))
  return `Only if the ${insideSentence(other.label)} is ${labels.map((label) => `“${label}”`).join(' or ')}.`
}
