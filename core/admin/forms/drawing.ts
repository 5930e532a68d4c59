// What every function that draws a part of a form is handed.
import type { FormProblem } from './check-form.ts'
import type { FieldSlots } from './field-slots.ts'
import type { DrawnField } from './field-tree.ts'
import type { FormFocus } from './form-actions.ts'
import type { Shape } from './form-shape.ts'

/** The same for all parts of one form. */
export interface Drawing {
  problems: readonly FormProblem[]
  /** Paths of the secrets that are stored. */
  storedSecrets: ReadonlySet<string>
  focus: FormFocus | null
}

/** A part of the form: what it is, what stands in it, and where it is. */
export interface Part {
  shape: Shape
  value: unknown
  name: string
  /** In the schema, joined with dots; differs from the name below variants. */
  path: string
  /** Of the fields beside it; null for what stands alone. */
  slots: FieldSlots | null
  key: string
}

export type DrawPart = (drawing: Drawing, part: Part) => DrawnField
