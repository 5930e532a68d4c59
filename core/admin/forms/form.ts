// A form made of a zod schema: drawn for views/forms, and read when it comes back. Names of fields are the path in the
// schema, joined with dots (`objectTypes.0.path`); what the form does not ask for is passed over. A secret is never sent
// back: left empty it is kept, and what was typed has to be typed again when the form is shown once more.
import type { z } from 'zod'
import type { FormFields } from '../form-fields.ts'
import { checkForm, type FormProblem } from './check-form.ts'
import { drawField } from './draw-form.ts'
import { fieldId } from './field-place.ts'
import type { DrawnField } from './field-tree.ts'
import type { FormFocus } from './form-actions.ts'
import { applyAction, formAction } from './form-actions.ts'
import { withoutBlanks } from './form-input.ts'
import { formShape } from './form-shape.ts'
import { postedNames } from './posted-names.ts'
import { readTyped } from './typed-values.ts'

export type { FormProblem }

export interface Form {
  /** What was posted. `isComplete`: it was sent to be saved, and nothing is wrong with it. */
  read(fields: FormFields, options?: { storedSecrets?: Iterable<string> }): Promise<SubmittedForm>
  draw(options?: DrawOptions): DrawnForm
}

export interface SubmittedForm {
  /** For `draw`. */
  values: unknown
  /** A button of a list was pressed: show the form again, save nothing. */
  isChange: boolean
  /** For the schema's parse. A secret that is to be removed is null, one that is to be kept is left out. */
  input: unknown
  problems: readonly FormProblem[]
  focus: FormFocus | null
}

interface DrawOptions {
  /** Typed, or stored as the schema takes them; secrets may be left out. */
  values?: unknown
  problems?: readonly FormProblem[]
  /** Paths in the schema, such as `token` or `auth.token`. */
  storedSecrets?: Iterable<string>
  focus?: FormFocus | null
}

export interface DrawnForm {
  fields: readonly DrawnField[]
  /** For the summary on top: what is wrong, and the id of the field. */
  problems: readonly { field: string; text: string }[]
}

/** @param prefix stands before all names, where a page has fields of its own beside the form's */
export function createForm(schema: z.ZodType, { prefix = '' }: { prefix?: string } = {}): Form {
  // There is the form, whatever the schema says of leaving it out.
  const shape = { ...formShape(schema), isOptional: false, isNullable: false, label: '' }

  return Object.freeze({
    async read(fields, { storedSecrets = [] } = {}) {
      const typed = readTyped(shape, postedNames(fields, prefix))
      const action = formAction(fields)
      if (action) {
        const changed = applyAction({ shape, typed, name: prefix, action })
        return { values: changed.typed, isChange: true, input: null, problems: [], focus: changed.focus }
      }
      const values = withoutBlanks(shape, typed)
      const checked = await checkForm({
        schema,
        shape,
        typed: values,
        name: prefix,
        storedSecrets: new Set(storedSecrets),
      })
      return { values, isChange: false, ...checked, focus: null }
    },

    draw({ values, problems = [], storedSecrets = [], focus = null } = {}) {
      const drawing = { problems, storedSecrets: new Set(storedSecrets), focus }
      const root = drawField(drawing, { shape, value: values, name: prefix, path: '', slots: null, key: '' })
      return {
        fields: root.kind === 'group' ? root.fields : [root],
        problems: problems.map(({ name, text }) => ({ field: fieldId(name), text })),
      }
    },
  } satisfies Form)
}
