// What of a document does not fit a connection, each with its place as a person would name it: the mapping, the property,
// the line of a list.
import { loadMappableModels } from '../../connections/mappable-models.ts'
import { type MappingProblem, validateMapping } from '../../mapping/validate-mapping.ts'
import type { Catalog } from '../../registry/catalog.ts'
import type { MappingDocument, ObjectMapping } from '../../sdk/mapping.ts'
import { pageUrl } from '../links.ts'
import type { MappingLabels } from '../mapping-labels.ts'
import { setNotice } from '../notice.ts'
import type { PageContext } from '../page-context.ts'
import { seeOther } from '../page-router.ts'
import { labelsFor, type MappedConnection, type MappingPagesOptions, mappingPath } from './mapped-connection.ts'

export interface Misfit {
  key: string
  /** "Order to Deal, Amount". */
  place: string
  message: string
}

export async function findMisfits(
  { connection, found, objectTypes }: MappedConnection,
  document: MappingDocument,
  { catalog, labels }: { catalog: Pick<Catalog, 'sourceModels'>; labels: MappingLabels },
): Promise<readonly Misfit[]> {
  const models = await loadMappableModels(catalog, { scope: connection.scope })
  const updateModes = found?.provider.updateModes ?? []
  return validateMapping({ document, models, objectTypes, updateModes }).map((problem) =>
    describe(problem, document, labels),
  )
}

/** After it was made the draft: to the mapping, or where something does not fit to the page that says what. */
export async function leaveForDraft(
  ctx: PageContext,
  options: MappingPagesOptions,
  {
    mapped,
    document,
    text,
    isForeign,
  }: { mapped: MappedConnection; document: MappingDocument; text: string; isForeign: boolean },
): Promise<void> {
  const { catalog, basePath } = options
  const labels = await labelsFor(mapped, [document], options)
  const misfits = mapped.found ? await findMisfits(mapped, document, { catalog, labels }) : []
  setNotice(ctx, { kind: isForeign || misfits.length > 0 ? 'warning' : 'success', text }, { basePath })
  seeOther(ctx, pageUrl(basePath, mappingPath(mapped.connection, misfits.length > 0 ? '/fit' : '')))
}

function describe({ path, message }: MappingProblem, document: MappingDocument, labels: MappingLabels): Misfit {
  const [index, ...rest] = path.split('.')
  const mapping = document[Number(index)]
  if (!mapping) return { key: '', place: path, message }
  const title = `${labels.model(mapping.sourceModel)} to ${labels.objectType(mapping.externalObjectType)}`
  return { key: mapping.key, place: [title, ...placeIn(mapping, rest, labels)].join(', '), message }
}

function placeIn(mapping: ObjectMapping, path: readonly string[], labels: MappingLabels): readonly string[] {
  const target = (field: string | undefined) =>
    field === undefined ? [] : [labels.externalField(mapping.externalObjectType, field)]
  const [part, second, third] = path
  if (part === 'when') return ['its condition']
  if (part === 'sourceIdField' || part === 'externalIdField') return ['what it is recognised by']
  if (part === 'whenNoLonger') {
    const update = typeof mapping.whenNoLonger === 'string' ? [] : mapping.whenNoLonger.update
    return ['when it no longer applies', ...target(update[Number(third)]?.externalField)]
  }
  if (part !== 'propertyMappings' || second === undefined) return []
  const property = mapping.propertyMappings[Number(second)]
  // propertyMappings.2.each.propertyMappings.1 and so on
  const line = property && 'each' in property ? property.each.propertyMappings[Number(path[4])] : undefined
  return [...target(property?.externalField), ...(line ? [line.externalField] : [])]
}
