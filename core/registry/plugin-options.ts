// What plugins are told by whoever runs them: the options given in code, else those of the environment, parsed by each
// plugin's own schema. A plugin whose options are missing or wrong is out of use, with a sentence for each; the others are
// untouched.
import { z } from 'zod'
import { OutboundSyncError } from '../errors.ts'
import { didYouMean } from '../sdk/near-name.ts'
import type { Plugin } from '../sdk/plugin.ts'
import { secretSettings } from '../sdk/secret.ts'
import { issueWords } from '../sdk/zod-words.ts'
import { type LoadedPlugin, reasonOf, refused } from './loaded-plugin.ts'

/** By the plugin's name, then by the option's. */
export type GivenPluginOptions = Readonly<Record<string, Readonly<Record<string, unknown>>>>

export interface PluginOptions {
  values: Readonly<Record<string, unknown>>
  /** In clear text, to be kept out of errors. */
  secrets: readonly string[]
}

/** Finds the variable of an option and what it holds; undefined when it is not set. */
export type ReadPluginVariable = (plugin: string, option: string) => { variable: string; value: string | undefined }

/** The plugins with those out of use whose options are at fault. Throws `config_invalid` for options of no plugin. */
export function readPluginOptions({
  loaded,
  given,
  readVariable,
}: {
  loaded: readonly LoadedPlugin[]
  given: GivenPluginOptions
  readVariable: ReadPluginVariable
}): { plugins: LoadedPlugin[]; optionsOf(plugin: string): PluginOptions } {
  refuseStrangers(loaded, given)
  const options = new Map<string, PluginOptions>()
  const plugins = loaded.map((one) => {
    if (!one.plugin || one.status !== 'ready') return one
    const read = readOptions(one.plugin, (Object.hasOwn(given, one.name) && given[one.name]) || {}, readVariable)
    if ('problems' in read) return refused(one, 'broken', read.problems.join(' '))
    options.set(one.name, read)
    return one
  })
  return { plugins, optionsOf: (plugin) => options.get(plugin) ?? noOptions }
}

const noOptions: PluginOptions = Object.freeze({ values: Object.freeze({}), secrets: Object.freeze([]) })

function refuseStrangers(loaded: readonly LoadedPlugin[], given: GivenPluginOptions): void {
  // One that could not even be read may have any name.
  if (loaded.some(({ plugin }) => plugin === null)) return
  const names = loaded.map(({ name }) => name)
  const problems = Object.keys(given)
    .filter((name) => !names.includes(name))
    .map((name) => `There are options for a plugin "${name}", which is not in the list.${didYouMean(name, names)}`)
  if (problems.length > 0) throw new OutboundSyncError('config_invalid', problems.join('\n'))
}

/** One option on its way in. */
interface Option {
  key: string
  variable: string
  /** Undefined when it is not set. */
  value: unknown
  isSecret: boolean
  /** Ends the sentence "expected ..."; null leaves it to the schema's own message. */
  expected: string | null
}

function readOptions(
  { name, options: schema }: Pick<Plugin, 'name' | 'options'>,
  given: Readonly<Record<string, unknown>>,
  readVariable: ReadPluginVariable,
): PluginOptions | { problems: string[] } {
  const keys = Object.keys(schema?.shape ?? {})
  const problems = Object.keys(given)
    .filter((key) => !keys.includes(key))
    .map((key) => `The plugin "${name}" has no option "${key}".${didYouMean(key, keys)}`)
  if (!schema) return problems.length > 0 ? { problems } : noOptions
  const secretKeys = secretSettings(schema)
  const options = keys.map((key): Option => {
    const { variable, value } = readVariable(name, key)
    const field: unknown = schema.shape[key]
    const isSecret = secretKeys.includes(key)
    return { key, variable, value: given[key] ?? value, isSecret, expected: descriptionOf(field) }
  })
  try {
    const parsed = schema.safeParse(
      Object.fromEntries(options.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value]]))),
    )
    if (parsed.success && problems.length === 0)
      return { values: Object.freeze(parsed.data), secrets: textsOf(options) }
    return { problems: [...problems, ...(parsed.error?.issues ?? []).map((issue) => sentenceOf(issue, name, options))] }
  } catch (error) {
    // The schema is the plugin's code.
    return { problems: [`The options of the plugin "${name}" could not be read: ${reasonOf(error)}`] }
  }
}

function textsOf(options: readonly Option[]): readonly string[] {
  return options.flatMap(({ value, isSecret }) => (isSecret && typeof value === 'string' ? [value] : []))
}

function sentenceOf(issue: z.core.$ZodIssue, plugin: string, options: readonly Option[]): string {
  const { path, message } = issue
  const option = options.find(({ key }) => key === path[0])
  if (!option) return `The options of the plugin "${plugin}" do not fit together: ${message}.`
  const { key, variable, value, isSecret, expected } = option
  const subject = `The option ${key} of the plugin "${plugin}" (${variable})`
  const said = isSecret && typeof value === 'string' ? message.replaceAll(value, '…') : message
  const words = issueWords(issue)
  const wanted = expected === null ? (words === null ? `: ${said}.` : `; it ${words}.`) : `; expected ${expected}.`
  if (value === undefined) return `${subject} is not set${expected === null && words !== null ? '.' : wanted}`
  if (isSecret) return `${subject} is not usable${wanted}`
  return `${subject} is ${typeof value === 'string' ? JSON.stringify(value.slice(0, 200)) : String(value)}${wanted}`
}

function descriptionOf(field: unknown): string | null {
  if (!(field instanceof z.ZodType)) return null
  const description = field.meta()?.description
  if (description !== undefined) return description
  const isWrapper = field instanceof z.ZodOptional || field instanceof z.ZodDefault || field instanceof z.ZodNullable
  return isWrapper ? descriptionOf(field.def.innerType) : null
}
