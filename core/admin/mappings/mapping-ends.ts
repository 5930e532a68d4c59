// Both ends of a connection's mapping: what the host's records hold in its scope, and what its remote takes. What cannot be
// found out is told in a sentence, and the pages go on with the rest.
import type { ConnectionSummary, Connections } from '../../connections/connect.ts'
import { messageOf } from '../../errors.ts'
import type { MappableModel, MappableRootModel } from '../../mapping/validate-mapping.ts'
import type { Catalog, CatalogProvider } from '../../registry/catalog.ts'
import type { ExternalObjectType } from '../../sdk/external-object-type.ts'
import type { Log } from '../../sdk/log.ts'
import type { UpdateMode } from '../../sdk/mapping.ts'
import type { SourceModel } from '../../sdk/source-model.ts'

export interface EndModel extends MappableModel {
  label: string
}

export interface RootEndModel extends EndModel, MappableRootModel {
  nested: readonly EndModel[]
}

export interface MappingEnds {
  models: readonly RootEndModel[]
  /** Empty where the provider declares none: then every object and every field is free. */
  objectTypes: readonly ExternalObjectType[]
  updateModes: readonly UpdateMode[]
  /** What could not be found out. */
  problems: readonly string[]
}

export async function loadMappingEnds(
  { catalog, connections, log }: { catalog: Catalog; connections: Pick<Connections, 'objectTypes'>; log: Log },
  { connection, found }: { connection: ConnectionSummary; found: CatalogProvider },
): Promise<MappingEnds> {
  const problems: string[] = []
  const [models, { types, problem }] = await Promise.all([
    Promise.all(catalog.sourceModels().map((model) => endModel(model, { connection, log, problems }))),
    connections.objectTypes(connection.id),
  ])
  if (problem !== null) problems.push(`What there is at the remote could not be asked: ${problem}`)
  return { models, objectTypes: types, updateModes: found.provider.updateModes, problems }
}

async function endModel(
  model: SourceModel,
  { connection, log, problems }: { connection: ConnectionSummary; log: Log; problems: string[] },
): Promise<RootEndModel> {
  const fieldsOf = async (name: string, label: string): Promise<Pick<EndModel, 'fields' | 'mayHaveOthers'>> => {
    try {
      return { fields: await model.fields(name, connection.scope), mayHaveOthers: false }
    } catch (error) {
      log.warn({ model: name, scope: connection.scope, error: messageOf(error) }, 'The host could not list its fields')
      problems.push(`The fields of ${label} could not be listed: ${messageOf(error)}`)
      return { fields: [], mayHaveOthers: true }
    }
  }
  const { name, label, inputs } = model
  const nested = Object.entries(model.nested).map(async ([nestedName, one]) => ({
    name: nestedName,
    label: one.label,
    inputs: one.inputs,
    ...(await fieldsOf(nestedName, one.label)),
  }))
  return { name, label, inputs, ...(await fieldsOf(name, label)), nested: await Promise.all(nested) }
}

/** The model of that name, and the root it belongs to. */
export function findEndModel(
  { models }: Pick<MappingEnds, 'models'>,
  name: string,
): { model: EndModel; root: RootEndModel } | null {
  for (const root of models) {
    const model = [root, ...root.nested].find((one) => one.name === name)
    if (model) return { model, root }
  }
  return null
}
