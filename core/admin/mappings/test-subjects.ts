// The records that a mapping test can be made of: found by what a person types, of what the connection serves, and of a
// scope that she may see.
import { isWithinScope } from '../../connections/resolve-activation.ts'
import { messageOf } from '../../errors.ts'
import { createMask } from '../../mapping/mask-text.ts'
import { captureRecord, type TestRecord } from '../../mapping/test-record.ts'
import type { Catalog } from '../../registry/catalog.ts'
import type { Log } from '../../sdk/log.ts'
import type { MappingDocument } from '../../sdk/mapping.ts'
import type { ProviderClass } from '../../sdk/provider.ts'
import type { User } from '../../sdk/user.ts'
import { loadInputs } from '../../sync/load-inputs.ts'
import { notFound, type PageContext } from '../page-context.ts'
import { scopeWords } from '../scopes.ts'
import type { SourceRecords } from '../source-records.ts'

export interface TestSubjectView {
  model: string
  modelLabel: string
  id: string
  label: string
  scopeText: string
}

const maxQueryLength = 200
const timeoutMs = 10_000

/** A customer of an organizer may be served by a connection of one of its events; loading the record decides. */
export async function searchTestSubjects(
  { records, connection }: { records: SourceRecords; connection: { scope: string } },
  user: User,
  text: string,
): Promise<readonly TestSubjectView[]> {
  const query = text.replaceAll('\0', '').toWellFormed().trim().slice(0, maxQueryLength)
  if (query === '') return []
  const found = await records.search(query)
  return found
    .filter(({ scope }) => isWithinScope(scope, connection.scope) || isWithinScope(connection.scope, scope))
    .filter(({ scope }) => user.can('view', scope))
    .map(({ model, id, label, scope }) => ({
      model,
      id,
      label,
      modelLabel: records.modelLabel(model),
      scopeText: scopeWords(scope),
    }))
}

export interface CapturedSubject {
  masked: TestRecord
  /** As it is. */
  plain: TestRecord
  scope: string
}

/** A sentence where the host cannot show the record. One that is not there, or not for this person, is not found. */
export async function captureTestSubject(
  ctx: PageContext,
  {
    catalog,
    connection,
    provider,
    document,
    user,
    log,
  }: {
    catalog: Pick<Catalog, 'sourceModel' | 'sourceModels' | 'pluginOfModel'>
    connection: { scope: string }
    provider: Pick<ProviderClass, 'externalObjectTypes'>
    document: MappingDocument
    user: User
    log: Log
  },
  subject: { model: string; id: string },
): Promise<CapturedSubject | { problem: string }> {
  const model = catalog.sourceModel(subject.model) ?? notFound(ctx, 'There is no such kind of record.')
  try {
    const inputs = await loadInputs({
      subjects: [{ ...subject, askedForBy: [] }],
      scope: connection.scope,
      sourceModel: catalog.sourceModel,
      sourceModels: catalog.sourceModels,
      pluginOfModel: catalog.pluginOfModel,
      signal: AbortSignal.timeout(timeoutMs),
    })
    const failure = inputs.failure(model.name, subject.id)
    if (failure) throw failure.error
    const record = inputs.record(model.name, subject.id)
    if (!record || !user.can('view', record.scope)) {
      return notFound(ctx, 'The record is not there any more, or this connection does not serve it.')
    }
    const captured = { model, record, fields: (name: string) => inputs.fields(name, record.scope) }
    const mask = createMask({ document, objectTypes: provider.externalObjectTypes })
    return {
      masked: captureRecord({ ...captured, mask }),
      plain: captureRecord({ ...captured, mask: null }),
      scope: record.scope,
    }
  } catch (error) {
    if (Reflect.get(Object(error), 'status') === 404) throw error
    log.warn({ model: model.name, error: messageOf(error) }, 'The host could not show a record for a mapping test')
    return { problem: `This ${model.label} cannot be used: ${messageOf(error)}` }
  }
}
