// A zod schema as the form sees it: which kind of field each part is, what it is called and whether it may be left out.
// Reading, checking and drawing a form all go by this, so that they cannot disagree. What no field fits is edited as JSON.
import type { z } from 'zod'
import { type FieldMeta, readMeta } from './field-meta.ts'
import { singular, wordsOfName } from './field-words.ts'

export interface Shape {
  kind: ShapeKind
  label: string
  help: string | null
  placeholder: string | null
  /** May be left out of the input. */
  isOptional: boolean
  /** Left empty it is null. */
  isNullable: boolean
  /** An empty text is a value as good as another. */
  takesEmptyText: boolean
  /** Carried along, not shown. */
  isHidden: boolean
  /** What stands in the field before anybody typed. */
  initial: unknown
  when: { field: string; equals: readonly (string | number | boolean)[] } | null
  /** What it is drawn behind, with those beside it that say the same. */
  fold: string | null
}

export type ShapeKind =
  | {
      name: 'text'
      format: 'text' | 'url' | 'email'
      isMultiline: boolean
      maxLength: number | null
      /** Spaces around it belong to it. */
      isVerbatim: boolean
      /** The id of a datalist. */
      suggestions: string | null
    }
  | { name: 'secret' }
  | { name: 'number'; isWhole: boolean }
  | { name: 'checkbox' }
  | { name: 'choice'; options: readonly Option[] }
  | { name: 'choices'; options: readonly Option[] }
  | { name: 'constant'; value: unknown }
  | { name: 'group'; members: readonly Member[] }
  | { name: 'list'; item: Shape; itemLabel: string; maxCount: number | null }
  | { name: 'rows'; value: Shape; itemLabel: string }
  | { name: 'variants'; discriminator: string; label: string; branches: readonly Branch[] }
  | { name: 'json' }

export interface Option {
  /** As it is posted. */
  text: string
  value: unknown
  label: string
}

export interface Member {
  key: string
  shape: Shape
}

export interface Branch extends Option {
  /** Stands in the names of its fields, since two branches may have fields of the same name. */
  segment: string
  members: readonly Member[]
}

/** No list of a form has more entries; more than that are not read. */
export const wholeList = 500

/** A group of fields that there need not be: whoever fills in the form says whether there is one. */
export function mayBeAbsent({ isOptional, isNullable, initial }: Shape): boolean {
  return (isOptional || isNullable) && initial === undefined
}

/** A schema that holds itself ends here, as JSON. */
const maxDepth = 10

/** @param name what the part is called in its schema, for a label when the schema gives none */
export function formShape(schema: z.ZodType, name = '', depth = 0): Shape {
  const layers = unwrap(schema)
  // The list ends with what is inside all wrappers.
  const inner = layers.at(-1) ?? schema
  const meta = readMeta(layers)
  const label = meta.title ?? wordsOfName(name)
  const types = layers.map((layer) => defOf(layer).type)
  return {
    kind: kindOf(inner, { meta, label, depth }),
    label,
    help: meta.description ?? null,
    placeholder: meta.placeholder ?? null,
    isOptional: schema._zod.optin === 'optional',
    isNullable: types.includes('nullable'),
    takesEmptyText: takes(inner, ''),
    isHidden: meta.hidden ?? false,
    initial: initialOf(layers),
    when: meta.showWhen ? { field: meta.showWhen.field, equals: [meta.showWhen.equals].flat() } : null,
    fold: meta.fold ?? null,
  }
}

function kindOf(
  schema: z.ZodType,
  { meta, label, depth }: { meta: FieldMeta; label: string; depth: number },
): ShapeKind {
  const def = defOf(schema)
  if (meta.secret) return { name: 'secret' }
  if (depth > maxDepth) return { name: 'json' }
  switch (def.type) {
    case 'string': {
      const { format, maxLength } = schema as z.ZodString
      return {
        name: 'text',
        format: format === 'url' || format === 'email' ? format : 'text',
        isMultiline: meta.multiline ?? false,
        maxLength: maxLength ?? null,
        isVerbatim: meta.verbatim ?? false,
        suggestions: meta.suggestions ?? null,
      }
    }
    case 'number':
      return { name: 'number', isWhole: (schema as z.ZodNumber).isInt }
    case 'boolean':
      return { name: 'checkbox' }
    case 'enum':
    case 'literal': {
      const options = optionsOf(allowedValues(schema), meta)
      const [only] = options
      return def.type === 'literal' && only && options.length === 1
        ? { name: 'constant', value: only.value }
        : { name: 'choice', options }
    }
    case 'object':
      return { name: 'group', members: membersOf(schema, depth) }
    case 'array': {
      const item = formShape(def.element as z.ZodType, '', depth + 1)
      if (item.kind.name === 'choice') return { name: 'choices', options: item.kind.options }
      const itemLabel = meta.itemTitle ?? (item.label || singular(label))
      return { name: 'list', item: { ...item, label: itemLabel }, itemLabel, maxCount: maxCountOf(schema) }
    }
    case 'record':
      return {
        name: 'rows',
        value: formShape(def.valueType as z.ZodType, 'value', depth + 1),
        itemLabel: meta.itemTitle ?? singular(label),
      }
    case 'union':
      return variantsOf(def, { meta, label, depth }) ?? { name: 'json' }
    default:
      return { name: 'json' }
  }
}

function membersOf(schema: z.ZodType, depth: number): readonly Member[] {
  return Object.entries((schema as z.ZodObject).shape).map(([key, part]) => ({
    key,
    shape: formShape(part as z.ZodType, key, depth + 1),
  }))
}

// z.discriminatedUnion: a choice, and the fields of what is chosen.
function variantsOf(
  def: Extract<z.core.$ZodTypes['_zod']['def'], { type: 'union' }>,
  { meta, label, depth }: { meta: FieldMeta; label: string; depth: number },
): ShapeKind | null {
  const discriminator: unknown = Reflect.get(def, 'discriminator')
  const options = def.options as readonly z.ZodType[]
  if (typeof discriminator !== 'string' || !options.every((option) => defOf(option).type === 'object')) return null
  const branches = options.flatMap((option): Branch[] => {
    const { [discriminator]: mark, ...rest } = (option as z.ZodObject).shape
    if (!mark) return []
    const members = Object.entries(rest).map(([key, part]) => ({
      key,
      shape: formShape(part as z.ZodType, key, depth + 1),
    }))
    const values = allowedValues(mark as z.ZodType)
    return optionsOf(values, meta).map((one) => ({
      ...one,
      label: values.length === 1 ? (option.meta()?.title ?? one.label) : one.label,
      segment: one.text,
      members,
    }))
  })
  const isNameable = branches.length > 0 && branches.every(({ segment }) => /^[A-Za-z0-9_-]+$/.test(segment))
  return isNameable ? { name: 'variants', discriminator, label: label || wordsOfName(discriminator), branches } : null
}

function allowedValues(schema: z.ZodType): readonly unknown[] {
  const values: unknown = Reflect.get(schema._zod, 'values')
  return values instanceof Set ? [...values] : []
}

function optionsOf(values: readonly unknown[], { optionLabels = {} }: FieldMeta): readonly Option[] {
  return values.map((value) => {
    const text = String(value)
    return { text, value, label: Object.hasOwn(optionLabels, text) ? (optionLabels[text] ?? text) : wordsOfName(text) }
  })
}

/** The schema, then what is inside its wrappers. */
function unwrap(schema: z.ZodType): readonly z.ZodType[] {
  const layers = [schema]
  for (let inner = innerOf(schema); inner && layers.length < 20; inner = innerOf(inner)) layers.push(inner)
  return layers
}

function innerOf(schema: z.ZodType): z.ZodType | null {
  const def = defOf(schema)
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return def.innerType as z.ZodType
    case 'lazy':
      return def.getter() as z.ZodType
    case 'pipe':
      // What is typed goes in at the front; of z.preprocess only the end says what it is about.
      return (defOf(def.in as z.ZodType).type === 'transform' ? def.out : def.in) as z.ZodType
    default:
      return null
  }
}

function initialOf(layers: readonly z.ZodType[]): unknown {
  for (const layer of layers) {
    const def = defOf(layer)
    if (def.type === 'default' || def.type === 'prefault') return def.defaultValue
  }
  return undefined
}

function maxCountOf(schema: z.ZodType): number | null {
  const checks = (defOf(schema).checks ?? []).map((check) => check._zod.def)
  const maxima = checks.flatMap((check) =>
    check.check === 'max_length' ? [Number(Reflect.get(check, 'maximum'))] : [],
  )
  return maxima.length > 0 ? Math.min(...maxima) : null
}

function takes(schema: z.ZodType, value: unknown): boolean {
  try {
    return schema.safeParse(value).success
  } catch {
    // A check that has to wait for something is asked when the form is sent.
    return false
  }
}

// Every classic schema is one of these; zod's own type for it is wider.
const defOf = (schema: z.ZodType) => (schema as unknown as z.core.$ZodTypes)._zod.def
