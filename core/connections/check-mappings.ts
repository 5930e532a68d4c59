// Refuses mappings with a slip of the pen in them, given in code or proposed by the provider, as far as that can be known
// before any record is read. What depends on the scope and the data of the host (the questions of an event, which may not
// be there yet) is left to the sync, where it needs attention.
import { SyncConfigError } from '../errors.ts'
import { type MappingProblem, validateMapping } from '../mapping/validate-mapping.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { ObjectMapping } from '../sdk/mapping.ts'
import { didYouMean } from '../sdk/near-name.ts'
import type { ProviderClass } from '../sdk/provider.ts'
import { loadMappableModels } from './mappable-models.ts'

interface Checked {
  provider: ProviderClass
  document: readonly ObjectMapping[]
  connection: { name: string; scope: string }
}

type Known = Pick<Catalog, 'plugins' | 'sourceModels'>

/** Throws a SyncConfigError that names every problem. */
export async function checkMappings(catalog: Known, checked: Checked): Promise<void> {
  const problems = await mappingProblems(catalog, checked)
  if (problems.length === 0) return
  const { provider, document, connection } = checked
  const list = problems.slice(0, 20).map((problem) => `- ${problem}`)
  if (document !== provider.defaultMappings) {
    throw new SyncConfigError(
      `The mappings of the connection "${connection.name}" cannot be used. Correct them:\n${list.join('\n')}`,
    )
  }
  throw new SyncConfigError(
    `The mappings that ${provider.displayName || provider.identifier} proposes cannot be used for the connection "${connection.name}". Correct defaultMappings of the provider ${provider.identifier}, or begin with mappings of your own:\n${list.join('\n')}`,
  )
}

/** What is wrong for certain, a sentence each. */
export async function mappingProblems(
  catalog: Known,
  { provider, document, connection: { scope } }: Checked,
): Promise<readonly string[]> {
  const sourceModels = catalog.sourceModels()
  // A plugin that is out of use at the moment may be the one that brings it.
  const areModelsKnown = sourceModels.length > 0 && catalog.plugins.every(({ status }) => status === 'ready')
  // A provider may propose mappings for hosts with other models; here nothing comes of them.
  const isProposed = document === provider.defaultMappings
  const { externalObjectTypes: objectTypes, updateModes } = provider
  const models = await loadMappableModels(catalog, { scope, onlyFixed: true })
  return validateMapping({ document: [...document], models, objectTypes, updateModes })
    .filter(({ path }) => certain.test(path) && (areModelsKnown || !ofModels.test(path)))
    .filter(({ path }) => !isProposed || !path.endsWith('.sourceModel'))
    .map((problem) => sentenceOf(problem, document))
}

/** Of the mappings that a provider proposes, those that nothing comes of: no loaded plugin brings their source model. */
export function withoutModel(catalog: Known, { defaultMappings }: ProviderClass): readonly string[] {
  const models = catalog.sourceModels()
  const names = models.flatMap(({ name, nested }) => [name, ...Object.keys(nested)])
  return defaultMappings
    .filter(({ sourceModel, isEnabled }) => isEnabled && !names.includes(sourceModel))
    .map(
      ({ key, sourceModel }) =>
        `mapping "${key}": no loaded plugin brings the source model "${sourceModel}".${didYouMean(sourceModel, names)}`,
    )
}

// Names that do not exist. The rest of what the validation finds is a warning at most while nobody looks at it: options
// of a field and conditions may fit tomorrow, and what an object requires may be there already.
const certain =
  /\.(sourceModel|sourceIdField|externalObjectType|externalField|updateMode|field|template|idField|reference|nestedModel)$/
const ofModels = /\.(sourceModel|reference)$/

function sentenceOf({ path, message }: MappingProblem, document: readonly ObjectMapping[]): string {
  const [index, ...rest] = path.split('.')
  return `mapping "${document[Number(index)]?.key}", ${rest.join('.')}: ${message}`
}
