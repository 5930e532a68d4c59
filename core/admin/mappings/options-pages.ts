// What each option of a choice field is called at the remote: one field of one mapping, on a page with every option.
import { isErrorKind, messageOf } from '../../errors.ts'
import type { NestedPropertyMapping, ObjectMapping, PropertyMapping } from '../../sdk/mapping.ts'
import type { PropertyValue } from '../../sdk/property-value.ts'
import type { FieldOption, SourceField } from '../../sdk/source-model.ts'
import { requireProvider } from '../connections/configurable.ts'
import { type FormFields, formFields, queryFields } from '../form-fields.ts'
import { pageUrl } from '../links.ts'
import { setNotice } from '../notice.ts'
import { actorOf, notFound, type PageContext } from '../page-context.ts'
import { type PageRouter, seeOther } from '../page-router.ts'
import type { MappingPagesOptions } from './editor-pages.ts'
import { type MappingDesk, requireDesk, requireMapping, revisionOf } from './mapping-desk.ts'
import { findEndModel, loadMappingEnds } from './mapping-ends.ts'

interface Translating {
  desk: MappingDesk
  mapping: ObjectMapping
  place: Place
  property: NestedPropertyMapping
  field: SourceField
  options: readonly FieldOption[]
  /** What the remote takes there; empty where anything goes. */
  externalOptions: readonly FieldOption[]
  externalLabel: string
}

/** A property of the mapping, or one of the entries of its lists. */
interface Place {
  index: number
  nestedIndex: number | null
}

const longestText = 10_000

export function registerMappingOptionsPages(router: PageRouter, options: MappingPagesOptions): void {
  const { mappings, show, basePath } = options

  async function open(ctx: PageContext): Promise<Translating> {
    const desk = await requireDesk(ctx, options)
    const query = queryFields(ctx)
    const { mapping } = requireMapping(ctx, desk, query.mapping ?? '')
    const place = placeOf(query.property ?? '')
    const found = place && propertyAt(mapping, place)
    const field = found && 'field' in found.property.source ? found.property.source.field : null
    if (!place || !found || field === null) {
      return notFound(ctx, 'This field of the mapping is not there any more. Open the mapping again.')
    }
    const ends = await loadMappingEnds(options, { connection: desk.connection, found: requireProvider(ctx, desk) })
    const source = findEndModel(ends, found.model)?.model.fields.find(({ key }) => key === field)
    if (!source?.options || source.options.length === 0) {
      return notFound(ctx, 'The field that it is filled with has no options to translate.')
    }
    const type = ends.objectTypes.find(({ name }) => name === mapping.externalObjectType)
    // The entries of a list are no fields of the object type.
    const external =
      place.nestedIndex === null ? type?.fields.find(({ key }) => key === found.property.externalField) : undefined
    return {
      ...{ desk, mapping, place, field: source, property: found.property, options: source.options },
      externalOptions: external?.options ?? [],
      externalLabel: external?.label ?? found.property.externalField,
    }
  }

  router.get('/connections/:id/mappings/options', async (ctx) => {
    const translating = await open(ctx)
    const { property, options: known } = translating
    const typed = new Map(known.map(({ key }) => [key, textOf(property.valueMap?.[key])]))
    showForm(ctx, translating, { typed, fallback: textOf(property.valueMapDefault), problems: [] })
  })

  router.post('/connections/:id/mappings/options', async (ctx) => {
    const translating = await open(ctx)
    const { desk, mapping, place, property, options: known } = translating
    const fields = formFields(ctx)
    const typed = new Map(known.map(({ key }, index) => [key, rawText(fields, `option.${index}`)]))
    const fallback = rawText(fields, 'default')
    // The place may hold another field by now.
    if (rawText(fields, 'field') !== translating.field.key) {
      const text =
        'Somebody has changed this field of the mapping meanwhile. These are the options of what it is filled with now.'
      return showForm(ctx, translating, { typed, fallback, problems: [{ field: 'option-0', text }] })
    }
    const tooLong = [...typed.values(), fallback].some((text) => text.length > longestText)
    if (tooLong) {
      const text = `A translation may have at most ${longestText} characters.`
      return showForm(ctx, translating, { typed, fallback, problems: [{ field: 'option-0', text }] })
    }
    const document = desk.document.map((one) =>
      one.key === mapping.key ? withProperty(one, place, translated(property, { typed, fallback })) : one,
    )
    try {
      await mappings.saveDraft({
        connectionId: desk.connection.id,
        document,
        revision: revisionOf(desk),
        actor: actorOf(desk.actor),
      })
    } catch (error) {
      if (!isErrorKind(error, 'TransitionError') && !isErrorKind(error, 'SyncConfigError')) throw error
      return showForm(ctx, translating, { typed, fallback, problems: [{ field: 'option-0', text: messageOf(error) }] })
    }
    setNotice(ctx, { kind: 'success', text: 'The draft is saved with these options.' }, { basePath })
    seeOther(ctx, pageUrl(basePath, `/connections/${desk.connection.id}/mappings/edit`, { mapping: mapping.key }))
  })

  function showForm(
    ctx: PageContext,
    { desk, mapping, field, options: known, externalOptions, externalLabel }: Translating,
    {
      typed,
      fallback,
      problems,
    }: {
      typed: ReadonlyMap<string, string>
      fallback: string
      problems: readonly { field: string; text: string }[]
    },
  ): void {
    const title = `Options of ${field.label}`
    show(ctx, {
      view: 'mappings/options',
      title: problems.length > 0 ? `Error: ${title}` : title,
      status: problems.length > 0 ? 422 : 200,
      data: {
        connection: desk.connection,
        mappingKey: mapping.key,
        fieldKey: field.key,
        fieldLabel: field.label,
        externalLabel,
        externalOptions,
        property: queryFields(ctx).property ?? '',
        options: known.map(({ key, label }) => ({ key, label, text: typed.get(key) ?? '' })),
        fallback,
        problems,
      },
    })
  }
}

function placeOf(text: string): Place | null {
  const match = /^propertyMappings\.(\d{1,3})(?:\.each\.propertyMappings\.(\d{1,3}))?$/.exec(text)
  return match ? { index: Number(match[1]), nestedIndex: match[2] === undefined ? null : Number(match[2]) } : null
}

function propertyAt(
  { propertyMappings, sourceModel }: ObjectMapping,
  { index, nestedIndex }: Place,
): { property: NestedPropertyMapping; model: string } | null {
  const property = propertyMappings[index]
  if (!property) return null
  if ('source' in property) return nestedIndex === null ? { property, model: sourceModel } : null
  const nested = nestedIndex === null ? undefined : property.each.propertyMappings[nestedIndex]
  return nested ? { property: nested, model: property.each.nestedModel } : null
}

function withProperty(
  mapping: ObjectMapping,
  { index, nestedIndex }: Place,
  changed: NestedPropertyMapping,
): ObjectMapping {
  const change = (property: PropertyMapping): PropertyMapping =>
    'source' in property || nestedIndex === null
      ? changed
      : {
          ...property,
          each: { ...property.each, propertyMappings: property.each.propertyMappings.with(nestedIndex, changed) },
        }
  return {
    ...mapping,
    propertyMappings: mapping.propertyMappings.map((one, at) => (at === index ? change(one) : one)),
  }
}

// What is left empty is not translated.
function translated(
  { valueMap: before, valueMapDefault: defaultBefore, ...property }: NestedPropertyMapping,
  { typed, fallback }: { typed: ReadonlyMap<string, string>; fallback: string },
): NestedPropertyMapping {
  const entries = [...typed].filter(([, text]) => text !== '')
  const valueMap = Object.fromEntries(entries.map(([key, text]) => [key, asStored(text, before?.[key])]))
  return {
    ...property,
    ...(entries.length > 0 ? { valueMap } : {}),
    ...(fallback === '' ? {} : { valueMapDefault: asStored(fallback, defaultBefore) }),
  }
}

// A number or a list that was given in code stays what it is while nobody changes it.
function asStored(text: string, before: PropertyValue | undefined): PropertyValue {
  return before !== undefined && textOf(before) === text ? before : text
}

function textOf(value: PropertyValue | undefined): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function rawText(fields: FormFields, name: string): string {
  const value = fields[name]
  return typeof value === 'string' ? value : (value?.[0] ?? '')
}
