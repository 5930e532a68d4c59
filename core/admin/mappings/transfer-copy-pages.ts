// A mapping for another connection: of the same provider, or of one that has such objects too, in this scope or another that
// the person may configure. Before anything is written the page shows what it becomes there, what is left out, and what
// does not fit.
import { copyMapping, type MappingCopy } from '../../connections/copy-mapping.ts'
import { fitObjectTypes } from '../../mapping/fit-object-types.ts'
import type { MappingDocument } from '../../sdk/mapping.ts'
import { isUuid } from '../connections/connection-records.ts'
import { type FormFields, formFields, queryFields, textField } from '../form-fields.ts'
import { pageUrl } from '../links.ts'
import { mappingWords } from '../mapping-words.ts'
import { notFound, type PageContext, requirePermission } from '../page-context.ts'
import type { PageRouter } from '../page-router.ts'
import { scopePhrase } from '../scopes.ts'
import { currentDocument, joinChosen, offer, readChoice } from './chosen-mappings.ts'
import {
  labelsFor,
  type MappedConnection,
  type MappingPagesOptions,
  mappingPath,
  requireMapped,
} from './mapped-connection.ts'
import { replaceDraft } from './replace-draft.ts'
import { findMisfits, leaveForDraft } from './transfer-fit.ts'
import { requireDocument } from './transfer-pages.ts'

export function registerCopyPages(router: PageRouter, options: MappingPagesOptions): void {
  const { mappings, catalog, connections, show, log } = options

  router.get('/connections/:id/mappings/copy', async (ctx) => {
    const from = await requireMapped(ctx, options)
    const { document, label } = await requireDocument(ctx, options, from.connection)
    if (queryFields(ctx).to === undefined) return showTargets(ctx, from, document)
    await showCopy(ctx, { from, to: await requireTarget(ctx, from), document, label }, null)
  })

  router.post('/connections/:id/mappings/copy', async (ctx) => {
    const from = await requireMapped(ctx, options)
    const { document, label } = await requireDocument(ctx, options, from.connection)
    const to = await requireTarget(ctx, from)
    const copy = await copyFor(from, to, document)
    const fields = formFields(ctx)
    const choice = readChoice(fields, copy.document)
    if ('problem' in choice) {
      return showCopy(ctx, { from, to, document, label }, { fields, problem: choice.problem })
    }
    const { document: there, revision } = await currentDocument(mappings, to.connection.id)
    const joined = joinChosen(there, choice)
    const isDone = await replaceDraft(ctx, options, {
      mapped: to,
      document: joined,
      audit: { action: 'mapping.copied', from: { connection: from.connection.id, source: label } },
      path: copyPath(from, to, queryFields(ctx).version),
      // What is only added to the draft that the page was drawn with takes nothing from it.
      holds: choice.keepsOthers && textField(fields, 'seen') === String(revision) ? revision : null,
    })
    if (!isDone) return
    const text = `What was copied from ${from.connection.name} is in the draft of ${to.connection.name} now.`
    await leaveForDraft(ctx, options, { mapped: to, document: joined, text, isForeign: false })
  })

  async function requireTarget(ctx: PageContext, from: MappedConnection): Promise<MappedConnection> {
    const { to } = queryFields(ctx)
    if (!isUuid(to) || to.toLowerCase() === from.connection.id) return notFound(ctx)
    const connection = (await connections.list()).find(({ id }) => id === to.toLowerCase()) ?? notFound(ctx)
    const actor = requirePermission(ctx, 'configure', connection.scope)
    const found = catalog.provider(connection.provider, connection.providerVersion)
    if (connection.state === 'draft' || !found) {
      ctx.throw(
        409,
        `${connection.name} cannot take a mapping now: it is not switched on yet, or its plugin is not loaded.`,
      )
    }
    return { connection, actor, found, isDraft: false, objectTypes: found.provider.externalObjectTypes }
  }

  const copyFor = (from: MappedConnection, to: MappedConnection, document: MappingDocument): Promise<MappingCopy> =>
    copyMapping(catalog, {
      document,
      from: from.connection,
      to: { ...to.connection, objectTypes: to.objectTypes },
    })

  async function showTargets(ctx: PageContext, from: MappedConnection, document: MappingDocument): Promise<void> {
    const { connection, actor } = from
    const { version } = queryFields(ctx)
    const others = (await connections.list()).filter(
      ({ id, state, scope }) =>
        id !== connection.id && state !== 'draft' && actor.can('view', scope) && actor.can('configure', scope),
    )
    const targets = others.flatMap((other) => {
      const provider = catalog.provider(other.provider, other.providerVersion)?.provider
      if (!provider) return []
      const isSame = other.provider === connection.provider
      const fitting = isSame ? document : fitObjectTypes(document, provider.externalObjectTypes).document
      if (fitting.length === 0) return []
      return {
        name: other.name,
        providerName: provider.displayName || provider.identifier,
        scopePhrase: scopePhrase(other.scope),
        path: pageUrl('', mappingPath(connection, '/copy'), { version, to: other.id }),
        fittingCount: fitting.length,
        isSame,
      }
    })
    show(ctx, {
      view: 'mappings/copy',
      title: `Copy the mapping of ${connection.name}`,
      data: {
        connection,
        // Those of the same provider first.
        targets: targets.toSorted((left, right) => Number(right.isSame) - Number(left.isSame)),
        mappingCount: document.length,
      },
    })
  }

  async function showCopy(
    ctx: PageContext,
    {
      from,
      to,
      document,
      label,
    }: { from: MappedConnection; to: MappedConnection; document: MappingDocument; label: string },
    posted: { fields: FormFields; problem: { field: string; text: string } } | null,
  ): Promise<void> {
    const copy = await copyFor(from, to, document)
    const { document: there, revision } = await currentDocument(mappings, to.connection.id)
    const title = `Copy the mapping of ${from.connection.name} to ${to.connection.name}`
    const { objectTypes, connection } = to
    const [labels, ownLabels] = await Promise.all([
      labelsFor(to, [copy.document], options),
      labelsFor(from, [document], options),
    ])
    show(ctx, {
      view: 'mappings/copy-to',
      title: posted ? `Error: ${title}` : title,
      status: posted ? 422 : 200,
      data: {
        connection: from.connection,
        target: connection,
        targetPhrase: scopePhrase(connection.scope),
        label: label.replace('-', ' '),
        path: copyPath(from, to, queryFields(ctx).version),
        problems: posted ? [posted.problem] : [],
        choices: offer(copy.document, {
          there,
          words: await mappingWords(copy.document, { catalog, scope: connection.scope, objectTypes, log }),
          fields: posted?.fields ?? null,
          notes: {
            absent: 'It is not there yet.',
            same: 'It is there already, the same.',
            differs: 'There is one of the same key: this one takes its place.',
          },
          isChosen: () => true,
        }),
        others: posted ? textField(posted.fields, 'others') : 'keep',
        revision,
        translations: copy.translations.map((one) => ({ ...one, modelLabel: labels.model(one.model) })),
        unlistedModels: copy.unlistedModels.map((name) => labels.model(name)),
        leftOut: [
          ...copy.leftOutMappings.map(
            (one) => `${ownLabels.model(one.sourceModel)} to ${ownLabels.objectType(one.externalObjectType)}`,
          ),
          ...copy.leftOutProperties.map(
            ({ mapping, externalField }) =>
              `${ownLabels.externalField(mapping.externalObjectType, externalField)} of ${labels.objectType(mapping.externalObjectType)}`,
          ),
        ],
        misfits: await findMisfits(to, copy.document, { catalog, labels }),
      },
    })
  }
}

const copyPath = (from: MappedConnection, to: MappedConnection, version: string | undefined): string =>
  pageUrl('', mappingPath(from.connection, '/copy'), { version, to: to.connection.id })
