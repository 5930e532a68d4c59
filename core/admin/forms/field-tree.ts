// The plain tree that views/forms draws: every value a text, every id and name ready, nothing of zod.
import type { Shows } from './field-slots.ts'
import type { Option } from './form-shape.ts'

interface Field {
  name: string
  /** Of the element that a link to the field leads to. */
  id: string
  label: string
  help: string | null
  /** Nothing need be entered. */
  isOptional: boolean
  problem: string | null
  /** When it belongs to the form; the style sheet hides it otherwise by the number of its slot. Null: always. */
  when: { slot: number | null; words: string } | null
  hasFocus: boolean
}

export interface DrawnOption {
  id: string
  text: string
  label: string
  isChosen: boolean
  slots: readonly number[]
}

export interface DrawnItem {
  name: string
  number: number
  label: string
  /** What tells it from the others: its first text. */
  title: string
  isOpen: boolean
  field: DrawnField
  up: { value: string; hasFocus: boolean } | null
  down: { value: string; hasFocus: boolean } | null
  removeValue: string
}

export interface DrawnRow extends Omit<DrawnItem, 'field' | 'isOpen'> {
  key: { name: string; id: string; value: string; hasFocus: boolean }
  value: DrawnField
  problem: string | null
}

export type DrawnField = Field &
  (
    | {
        kind: 'text'
        inputType: 'text' | 'url' | 'email'
        inputMode: 'text' | 'url' | 'email' | 'numeric' | 'decimal'
        value: string
        placeholder: string | null
        maxLength: number | null
        /** The id of a datalist. */
        suggestions: string | null
      }
    | { kind: 'hidden'; value: string }
    | { kind: 'lines'; value: string; placeholder: string | null; rowCount: number; isCode: boolean }
    | {
        kind: 'secret'
        isStored: boolean
        /** It was typed and is not sent back, so it has to be typed again. */
        isLost: boolean
        removal: { name: string; id: string; isChosen: boolean } | null
      }
    | ({ kind: 'checkbox'; isChecked: boolean } & Shows)
    | { kind: 'radios' | 'select' | 'checkboxes'; options: readonly DrawnOption[] }
    | {
        kind: 'group'
        /** Null where there is one always. */
        presence: { isChecked: boolean } | null
        fields: readonly DrawnField[]
      }
    | {
        kind: 'list'
        itemLabel: string
        items: readonly DrawnItem[]
        add: { value: string; hasFocus: boolean } | null
      }
    | {
        kind: 'rows'
        itemLabel: string
        rows: readonly DrawnRow[]
        add: { value: string; hasFocus: boolean } | null
      }
    | { kind: 'fold'; summary: string; isOpen: boolean; fields: readonly DrawnField[] }
    | { kind: 'variants'; choice: DrawnField; branches: readonly DrawnBranch[] }
  )

export interface DrawnBranch extends Pick<Option, 'label'> {
  slot: number | null
  fields: readonly DrawnField[]
}
