// What a provider says about itself: a connection form is drawn from its settings, mappings are chosen from its types.
import { connectionSchema } from '../connections/connection-schema.ts'
import { secretSettings } from '../sdk/secret.ts'
import { checkMappings } from './check-mappings.ts'
import type { ConformanceOptions } from './conformance-options.ts'
import { demand } from './demand.ts'

/** Needs no instance. */
export async function checkDeclaration(options: ConformanceOptions): Promise<void> {
  const { plugin, provider } = options
  demand(
    plugin.providers.some((one) => one.identifier === provider.identifier && one.version === provider.version),
    `The plugin "${plugin.name}" does not list ${provider.name}: add it to \`providers\` of definePlugin.`,
  )
  demand(provider.displayName, `${provider.name} has no static displayName, by which people choose it.`)
  checkSettings(options)
  demand(
    provider.externalObjectTypes.length > 0 || hasVerb(provider, 'discoverObjectTypes'),
    `${provider.name} declares no static externalObjectTypes and has no discoverObjectTypes, so nobody can choose what to write where.`,
  )
  await checkMappings(options)
  checkVerbs(options)
}

function checkSettings({ provider, settings, secrets }: ConformanceOptions): void {
  const given = settings('http://127.0.0.1:1')
  const schema = connectionSchema(provider)
  const issue = schema.safeParse(given).error?.issues[0]
  demand(
    !issue,
    `The settings of the test are refused by static settings: ${issue?.path.join('.')}: ${issue?.message}.`,
  )
  demand(
    provider.settings || provider.auth || Object.keys(given).length === 0,
    `${provider.name} has neither static settings nor static auth, but the test gives it some.`,
  )
  const sealed = secretSettings(schema)
  for (const name of sealed) {
    demand(
      given[name] === undefined || secrets.includes(String(given[name])),
      `The setting "${name}" is a secret(), but its value is not among \`secrets\`.`,
    )
  }
  for (const secret of secrets) {
    const name = Object.keys(given).find((key) => given[key] === secret)
    demand(
      secret.length >= 8,
      'A value of `secrets` is shorter than 8 characters, so it cannot be told from other text.',
    )
    demand(name, 'A value of `secrets` is the value of no setting: take it out, or correct `settings`.')
    demand(
      sealed.includes(String(name)),
      `The setting "${name}" is a credential, but is stored for everyone to read: declare it as secret().`,
    )
  }
}

function checkVerbs({ provider }: ConformanceOptions): void {
  for (const { key, mode, whenNoLonger } of provider.defaultMappings) {
    demand(
      mode !== 'find' || hasVerb(provider, 'readObject'),
      `The default mapping "${key}" has the mode find, but ${provider.name} has no readObject.`,
    )
    demand(
      whenNoLonger !== 'delete' || hasVerb(provider, 'deleteObject'),
      `The default mapping "${key}" deletes what no longer applies, but ${provider.name} has no deleteObject.`,
    )
  }
}

export function hasVerb(
  provider: ConformanceOptions['provider'],
  verb: 'readObject' | 'deleteObject' | 'testConnection' | 'discoverObjectTypes',
): boolean {
  return typeof Reflect.get(Object(Reflect.get(provider, 'prototype')), verb) === 'function'
}
