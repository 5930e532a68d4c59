// The settings that a connection is asked for, as the zod object its form is drawn from.
import { type ProviderClass, secret, z } from '../../core/sdk/index.ts'
import type { SettingDefinition } from './definition.ts'

export function settingsSchema(settings: readonly SettingDefinition[]): ProviderClass['settings'] {
  return z.object(Object.fromEntries(settings.map((setting) => [setting.name, settingSchema(setting)])))
}

function settingSchema(setting: SettingDefinition): z.ZodType {
  const { label, help, placeholder, isRequired } = setting
  const schema = valueSchema(setting)
  return (isRequired ? schema : schema.optional()).meta({
    title: label,
    ...(help === '' ? {} : { description: help }),
    ...(placeholder === '' ? {} : { placeholder }),
    ...(setting.type === 'choice'
      ? { optionLabels: Object.fromEntries(setting.choices.map(({ value, label: text }) => [value, text || value])) }
      : {}),
  })
}

function valueSchema({ type, choices }: SettingDefinition): z.ZodType {
  switch (type) {
    case 'text':
      return z.string().min(1)
    case 'url':
      return z.url({ protocol: /^https?$/ })
    case 'number':
      return z.number()
    case 'boolean':
      return z.boolean()
    case 'choice':
      return z.enum(choices.map(({ value }) => value))
    case 'secret':
      return secret()
  }
}
