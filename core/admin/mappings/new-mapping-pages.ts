// A new mapping: which record becomes which object. Fields that are called alike on both ends are filled in, for the editor
// to go on from.
import { isErrorKind, messageOf } from '../../errors.ts'
import { type ObjectMappingInput, objectMappingSchema } from '../../sdk/mapping.ts'
import { requireProvider } from '../connections/configurable.ts'
import { formFields, textField } from '../form-fields.ts'
import { pageUrl } from '../links.ts'
import { actorOf, type PageContext } from '../page-context.ts'
import { type PageRouter, seeOther } from '../page-router.ts'
import { newKey } from './change-document.ts'
import type { MappingPagesOptions } from './editor-pages.ts'
import { type MappingDesk, requireDesk, revisionOf } from './mapping-desk.ts'
import { findEndModel, loadMappingEnds, type MappingEnds } from './mapping-ends.ts'
import { suggestIdField, suggestProperties } from './suggest-properties.ts'

interface Chosen {
  model: string
  objectType: string
  isSuggesting: boolean
}

interface Problem {
  field: string
  text: string
}

export function registerNewMappingPages(router: PageRouter, options: MappingPagesOptions): void {
  const { mappings, show, basePath } = options

  async function open(ctx: PageContext): Promise<{ desk: MappingDesk; ends: MappingEnds }> {
    const desk = await requireDesk(ctx, options)
    const found = requireProvider(ctx, desk)
    return { desk, ends: await loadMappingEnds(options, { connection: desk.connection, found }) }
  }

  router.get('/connections/:id/mappings/new', async (ctx) => {
    const { desk, ends } = await open(ctx)
    showForm(ctx, { desk, ends, chosen: { model: '', objectType: '', isSuggesting: true }, problems: [] })
  })

  router.post('/connections/:id/mappings/new', async (ctx) => {
    const { desk, ends } = await open(ctx)
    const fields = formFields(ctx)
    const chosen: Chosen = {
      model: textField(fields, 'model'),
      objectType: textField(fields, 'objectType'),
      isSuggesting: textField(fields, 'suggest') === 'yes',
    }
    const made = newMapping(desk, ends, chosen)
    if ('problems' in made) return showForm(ctx, { desk, ends, chosen, problems: made.problems })
    const { connection, actor, document } = desk
    try {
      await mappings.saveDraft({
        connectionId: connection.id,
        document: [...document, made.mapping],
        revision: revisionOf(desk),
        actor: actorOf(actor),
      })
    } catch (error) {
      if (!isErrorKind(error, 'TransitionError') && !isErrorKind(error, 'SyncConfigError')) throw error
      return showForm(ctx, { desk, ends, chosen, problems: [{ field: 'model', text: messageOf(error) }] })
    }
    seeOther(ctx, pageUrl(basePath, `/connections/${connection.id}/mappings/edit`, { mapping: made.mapping.key }))
  })

  function showForm(
    ctx: PageContext,
    {
      desk: { connection },
      ends,
      chosen,
      problems,
    }: { desk: MappingDesk; ends: MappingEnds; chosen: Chosen; problems: readonly Problem[] },
  ): void {
    const title = `New mapping of ${connection.name}`
    show(ctx, {
      view: 'mappings/new',
      title: problems.length > 0 ? `Error: ${title}` : title,
      status: problems.length > 0 ? 422 : 200,
      data: {
        connection,
        chosen,
        problems,
        endProblems: ends.problems,
        models: ends.models.flatMap((root) => [
          { name: root.name, label: root.label },
          ...root.nested.map(({ name, label }) => ({ name, label: `${label} (of each ${root.label})` })),
        ]),
        objectTypes: ends.objectTypes.map(({ name, label }) => ({ name, label })),
      },
    })
  }
}

function newMapping(
  { document }: MappingDesk,
  ends: MappingEnds,
  { model, objectType, isSuggesting }: Chosen,
): { mapping: ObjectMappingInput & { key: string } } | { problems: readonly Problem[] } {
  const problems: Problem[] = []
  const found = findEndModel(ends, model)
  if (!found) problems.push({ field: 'model', text: 'Choose the kind of record that is sent.' })
  const type = ends.objectTypes.find(({ name }) => name === objectType) ?? null
  if (!type && (ends.objectTypes.length > 0 || objectType === '')) {
    problems.push({ field: 'objectType', text: 'Choose the kind of object that it becomes.' })
  }
  if (!found || problems.length > 0) return { problems }
  const sources = found.model.fields
  const externalIdField = type?.idFields[0] ?? type?.fields[0]?.key ?? 'id'
  const external = type?.fields.find(({ key }) => key === externalIdField) ?? null
  const sourceIdField = suggestIdField(sources, external)
  if (sourceIdField === null) {
    return { problems: [{ field: 'model', text: `${found.model.label} has no field that could be sent.` }] }
  }
  const updateModes = ends.updateModes.length > 0 ? ends.updateModes : (['overwrite'] as const)
  const propertyMappings =
    type && isSuggesting ? suggestProperties(type, { sources, externalIdField, updateModes }) : []
  const mapping = {
    key: newKey(document, objectType),
    sourceModel: model,
    externalObjectType: objectType,
    sourceIdField,
    externalIdField,
    propertyMappings,
  }
  const parsed = objectMappingSchema.safeParse(mapping)
  if (parsed.success) return { mapping }
  return { problems: [{ field: 'objectType', text: 'This name of an object cannot be used. Choose a shorter one.' }] }
}
