// What a mapping makes of a real record, with nothing sent: a record is chosen, and what would be done with it is shown
// object by object. Then it may be sent by itself.
import { isDeepStrictEqual } from 'node:util'
import type { ConnectionSummary, Connections } from '../../connections/connect.ts'
import type { Mappings } from '../../connections/mappings.ts'
import { isWithinScope } from '../../connections/resolve-activation.ts'
import { isStorableText } from '../../database/stored-json.ts'
import type { Database } from '../../database/transaction.ts'
import { messageOf } from '../../errors.ts'
import type { Catalog } from '../../registry/catalog.ts'
import type { Log } from '../../sdk/log.ts'
import type { MappingDocument } from '../../sdk/mapping.ts'
import type { Subject } from '../../sdk/signals.ts'
import { isUuid } from '../connections/connection-records.ts'
import { queryFields } from '../form-fields.ts'
import { pageUrl } from '../links.ts'
import { mappingWords } from '../mapping-words.ts'
import { notFound, type PageContext, requirePermission } from '../page-context.ts'
import type { PageRouter } from '../page-router.ts'
import { knownScope } from '../panel.ts'
import { scopePhrase, scopeWords } from '../scopes.ts'
import type { ShowPage } from '../show-page.ts'
import type { SourceRecords } from '../source-records.ts'
import { listCandidates, rootModels, searchCandidates } from './preview-candidates.ts'
import { previewRecord } from './preview-record.ts'
import { createObjectTypes, hasVerb } from './preview-remote.ts'
import { visible } from './preview-values.ts'
import { mappingViews } from './preview-view.ts'
import { verdictWords } from './preview-words.ts'

/** The mappings that are looked at. */
export interface PreviewedMappings {
  document: MappingDocument
  /** It is what is sent with now; a draft is not. */
  isInForce: boolean
  /** Of what is in force. */
  version: number | null
  hasDraft: boolean
}

export interface PreviewPageOptions {
  database: Database
  catalog: Catalog
  connections: Pick<Connections, 'get' | 'load' | 'ask'>
  mappings: Pick<Mappings, 'draft'>
  records: SourceRecords
  show: ShowPage
  log: Log
  basePath: string
}

export function registerPreviewPages(router: PageRouter, options: PreviewPageOptions): void {
  const { connections, catalog, database, records, show, basePath } = options
  const objectTypesOf = createObjectTypes(connections)

  router.get('/connections/:id/mappings/preview', async (ctx) => {
    const { id } = ctx.params
    const connection = isUuid(id) ? await connections.get(id) : null
    if (!connection || connection.state === 'deleted') return notFound(ctx)
    const user = requirePermission(ctx, 'view', connection.scope)
    const query = queryFields(ctx)
    const previewed = await previewedMappings(connection, {
      // A draft is for those who may change it.
      withDraft: query.mapping !== 'published' && user.can('configure', connection.scope),
    })
    const record = (query.record ?? '').trim()
    if (record === '') return showChoice(ctx, connection, previewed)
    const subject = await findSubject(query.model ?? '', record)
    const scope = subject && ((await records.find(subject))?.scope ?? (await knownScope(database, subject)))
    if (!subject || scope === null) {
      return showChoice(ctx, connection, previewed, `No record was found for “${visible(record.slice(0, 100))}”.`)
    }
    // A foreign record does not exist.
    requirePermission(ctx, 'view', scope)
    if (!isWithinScope(scope, connection.scope)) {
      const text = `This record belongs to ${scopeWords(scope)}. ${connection.name} carries what belongs to ${scopeWords(connection.scope)}.`
      return showChoice(ctx, connection, previewed, text)
    }
    await showPreview(ctx, { connection, previewed, subject, scope, isRemoteAsked: query.remote === '1' })
  })

  /** The draft when there is one. */
  async function previewedMappings(
    { id, mappings: document, mappingVersion: version }: ConnectionSummary & { mappings: MappingDocument },
    { withDraft }: { withDraft: boolean },
  ): Promise<PreviewedMappings> {
    const draft = await options.mappings.draft(id)
    const inForce = { document, version, isInForce: true, hasDraft: draft !== null }
    if (!draft || !withDraft) return inForce
    return { ...inForce, document: draft.document, isInForce: isDeepStrictEqual(draft.document, document) }
  }

  /** By its id, else by what people call it. */
  async function findSubject(model: string, record: string): Promise<Subject | null> {
    if (!isStorableText(record) || !isStorableText(model) || !catalog.sourceModel(model)) return null
    const subject = { model, id: record }
    if ((await records.find(subject)) ?? (await knownScope(database, subject))) return subject
    const found = await records.search(record)
    return found.find((one) => one.model === model && one.label.toLowerCase() === record.toLowerCase()) ?? null
  }

  async function showChoice(
    ctx: PageContext,
    connection: ConnectionSummary,
    { document }: PreviewedMappings,
    problem: string | null = null,
  ): Promise<void> {
    const user = requirePermission(ctx, 'view', connection.scope)
    const text = queryFields(ctx).q ?? ''
    const models = rootModels(catalog, document)
    const at = { scope: connection.scope, models, user }
    show(ctx, {
      view: 'mappings/preview-choose',
      title: `Preview for ${connection.name}`,
      status: problem === null ? 200 : 404,
      data: {
        connection,
        problem,
        q: text.slice(0, 200),
        found: text.trim() === '' ? null : await searchCandidates(options, { text, ...at }),
        lists: await listCandidates(options, { connectionId: connection.id, ...at }),
        scopePhrase: scopePhrase(connection.scope),
      },
    })
  }

  async function showPreview(
    ctx: PageContext,
    request: {
      connection: ConnectionSummary
      previewed: PreviewedMappings
      subject: Subject
      scope: string
      isRemoteAsked: boolean
    },
  ): Promise<void> {
    const { connection, previewed, subject, scope, isRemoteAsked } = request
    const user = requirePermission(ctx, 'view', scope)
    const { document, isInForce, version, hasDraft } = previewed
    const found = catalog.provider(connection.provider, connection.providerVersion)
    const result = await previewRecord({ ...options, objectTypesOf }, { found, document, ...request }).catch(
      (error: unknown) => {
        options.log.warn({ connection: connection.id, error: messageOf(error) }, 'A record could not be previewed')
        return { problem: messageOf(error) }
      },
    )
    const preview = 'preview' in result ? result.preview : null
    const isHidden = !user.can('see_payloads', scope)
    const modelLabel = records.modelLabel(subject.model)
    const label = preview?.label ?? subject.id
    const path = `/connections/${connection.id}/mappings/preview`
    const isSendable = preview !== null && ['sends', 'nothing_to_do', 'waiting'].includes(preview.verdict)
    show(ctx, {
      view: 'mappings/preview',
      title: `Preview of ${modelLabel} ${visible(label).slice(0, 100)}`,
      data: {
        connection,
        subject,
        version,
        isInForce,
        hasDraft: hasDraft && user.can('configure', connection.scope),
        mappingQuery: hasDraft && isInForce ? 'published' : '',
        isHidden,
        path,
        modelLabel,
        label: visible(label),
        scopeText: scopeWords(scope),
        problem: 'problem' in result ? visible(result.problem) : null,
        verdict: preview && { ...verdictWords[preview.verdict], reason: preview.reason && visible(preview.reason) },
        isRemoteAsked,
        remoteProblem: 'preview' in result && result.remote?.problem ? visible(result.remote.problem) : null,
        typesNote: 'preview' in result ? result.typesNote : null,
        canAskRemote:
          found !== null && (hasVerb(found.provider, 'readObject') || hasVerb(found.provider, 'discoverObjectTypes')),
        canReadRemote: found !== null && hasVerb(found.provider, 'readObject'),
        canConfigure: user.can('configure', connection.scope),
        canSend: isSendable && isInForce && connection.state === 'active' && user.can('operate', scope),
        returnTo: pageUrl(basePath, path, {
          model: subject.model,
          record: subject.id,
          mapping: hasDraft && isInForce ? 'published' : '',
        }),
        mappings: preview
          ? mappingViews({
              preview,
              document,
              words: await mappingWords(document, {
                catalog,
                scope,
                objectTypes: 'preview' in result ? result.objectTypes : [],
                log: options.log,
              }),
              objectTypes: 'preview' in result ? result.objectTypes : [],
              remote: 'preview' in result ? result.remote : null,
              isHidden,
              modelLabel: records.modelLabel,
            })
          : [],
      },
    })
  }
}
