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
const prefix = 'settings'
/** What the field of a setting is called. */
export const settingField = (setting: string): string => `${prefix}.${setting}`
/** No environment is called that. */
const none = '-'
// Left out it stays what it is.
const chosenSchema = z.object({ environment: z.string().optional() })

function environmentSchema(names: readonly string[]) {
  return z.object({
    environment: z
      .enum([none, ...names])
      .meta({
        title: 'Environment',
        description: 'Whose variables the settings may refer to, as {{env.NAME}}; secret ones in credentials only',
        optionLabels: { [none]: 'None', ...Object.fromEntries(names.map((name) => [name, name])) },
      })
      .optional(),
  })
}

export interface SettingsForm {
  draw(): DrawnForm
  read(fields: FormFields): Promise<ReadSettings>
}

export interface ReadSettings {
  /** Null while something is wrong, or when only a list of the form was changed. */
  change: { name: string; settings: Record<string, unknown>; environment?: string | null } | null
  isComplete: boolean
  /** As typed. @param more what was found after the form had been read */
  draw(more?: readonly FormProblem[]): DrawnForm
}

export function settingsForm(
  connection: Pick<ConnectionSummary, 'name' | 'settings' | 'secretNames' | 'environment'>,
  provider: ProviderClass,
  /** To choose from; none where there is nothing to choose. */
  environments: readonly string[],
): SettingsForm {
  const schema = connectionSchema(provider)
  const form = createForm(schema, { prefix })
  const known = secretSettings(schema)
  const storedSecrets = connection.secretNames.filter((name) => known.includes(name))
  const environmentForm = createForm(environments.length > 0 ? environmentSchema(environments) : z.object({}))
  const together = (...forms: DrawnForm[]): DrawnForm => ({
    fields: forms.flatMap(({ fields }) => fields),
    problems: forms.flatMap(({ problems }) => problems),
  })

  return Object.freeze({
    draw: () =>
      together(
        nameForm.draw({ values: { name: connection.name } }),
        environmentForm.draw({ values: { environment: connection.environment ?? none } }),
        form.draw({ values: connection.settings, storedSecrets }),
      ),
    async read(fields) {
      const [name, environment] = [await nameForm.read(fields), await environmentForm.read(fields)]
      const settings = await form.read(fields, { storedSecrets })
      const isComplete =
        !settings.isChange && [name, environment, settings].every(({ problems }) => problems.length === 0)
      const chosen = isComplete ? chosenSchema.parse(environment.input).environment : undefined
      return {
        // All were checked by their schemas, which are objects.
        change: isComplete
          ? {
              ...nameSchema.parse(name.input),
              settings: Object(settings.input),
              ...(chosen === undefined ? {} : { environment: chosen === none ? null : chosen }),
            }
          : null,
        isComplete,
        draw(more = []) {
          const [ofSettings = [], ofName = []] = [true, false].map((isSetting) =>
            more.filter((problem) => problem.name.startsWith(settingField('')) === isSetting),
          )
          return together(
            nameForm.draw({ ...name, problems: [...name.problems, ...ofName] }),
            environmentForm.draw(environment),
            form.draw({ ...settings, problems: [...settings.problems, ...ofSettings], storedSecrets }),
          )
        },
      }
    },
  } satisfies SettingsForm)
}
