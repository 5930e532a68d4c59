// The form of a connection's name and settings, drawn from what its provider declares.

import { z } from 'zod'
import type { ConnectionSummary } from '../../connections/connect.ts'
import { connectionSchema } from '../../connections/connection-schema.ts'
import type { ProviderClass } from '../../sdk/provider.ts'
import { secretSettings } from '../../sdk/secret.ts'
import type { FormFields } from '../form-fields.ts'
import { createForm, type DrawnForm, type FormProblem } from '../forms/form.ts'

const nameSchema = z.object({
  name: z
    .string()
    .min(1)
    .max(200)
    .meta({ title: 'Name', description: 'What this connection is called on these pages, for example “Sales CRM”' }),
})
const nameForm = createForm(nameSchema)

export interface SettingsForm {
  draw(): DrawnForm
  read(fields: FormFields): Promise<ReadSettings>
}

export interface ReadSettings {
  /** Null while something is wrong, or when only a list of the form was changed. */
  change: { name: string; settings: Record<string, unknown> } | null
  isComplete: boolean
  /** As typed. @param more what was found after the form had been read */
  draw(more?: readonly FormProblem[]): DrawnForm
}

export function settingsForm(
  connection: Pick<ConnectionSummary, 'name' | 'settings' | 'secretNames'>,
  provider: ProviderClass,
): SettingsForm {
  const schema = connectionSchema(provider)
  const form = createForm(schema, { prefix: 'settings' })
  const known = secretSettings(schema)
  const storedSecrets = connection.secretNames.filter((name) => known.includes(name))
  const together = (name: DrawnForm, settings: DrawnForm): DrawnForm => ({
    fields: [...name.fields, ...settings.fields],
    problems: [...name.problems, ...settings.problems],
  })

  return Object.freeze({
    draw: () =>
      together(
        nameForm.draw({ values: { name: connection.name } }),
        form.draw({ values: connection.settings, storedSecrets }),
      ),
    async read(fields) {
      const [name, settings] = [await nameForm.read(fields), await form.read(fields, { storedSecrets })]
      const isComplete = !settings.isChange && name.problems.length === 0 && settings.problems.length === 0
      return {
        // Both were checked by their schemas, which are objects.
        change: isComplete ? { ...nameSchema.parse(name.input), settings: Object(settings.input) } : null,
        isComplete,
        draw: (more = []) =>
          together(
            nameForm.draw({ ...name, problems: [...name.problems, ...more] }),
            form.draw({ ...settings, storedSecrets }),
          ),
      }
    },
  } satisfies SettingsForm)
}
