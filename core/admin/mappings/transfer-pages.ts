// A mapping as a file: out as a download, in as pasted text, which becomes the draft. What in it does not fit this
// connection is no reason to refuse it: a page says what and where, and the editor marks it.
import type { MappingDocument } from '../../sdk/mapping.ts'
import { formFields, queryFields } from '../form-fields.ts'
import { pageUrl } from '../links.ts'
import { notFound, type PageContext } from '../page-context.ts'
import { type PageRouter, seeOther } from '../page-router.ts'
import {
  labelsFor,
  type MappedConnection,
  type MappingPagesOptions,
  mappingPath,
  requireMapped,
} from './mapped-connection.ts'
import { mappingChanges } from './mapping-changes.ts'
import { readMappingFile, writeMappingFile } from './mapping-file.ts'
import { replaceDraft } from './replace-draft.ts'
import { findMisfits, leaveForDraft } from './transfer-fit.ts'
import { versionNumber } from './version-pages.ts'

export function registerTransferPages(router: PageRouter, options: MappingPagesOptions & { now: () => Date }): void {
  const { mappings, catalog, show, basePath, now } = options

  router.get('/connections/:id/mappings/export', async (ctx) => {
    const { connection } = await requireMapped(ctx, options)
    const { provider, providerVersion, name } = connection
    const { document, label } = await requireDocument(ctx, options, connection)
    ctx.attachment(`${fileName(name)}-mapping-${label}.json`)
    ctx.type = 'json'
    ctx.body = writeMappingFile({ provider, providerVersion, document, exportedAt: now() })
  })

  router.get('/connections/:id/mappings/import', async (ctx) => {
    showImport(ctx, await requireMapped(ctx, options), '', [])
  })

  router.post('/connections/:id/mappings/import', async (ctx) => {
    const mapped = await requireMapped(ctx, options)
    const { connection } = mapped
    const given = formFields(ctx).file ?? ''
    const text = typeof given === 'string' ? given : (given[0] ?? '')
    const read = readMappingFile(text, connection.name)
    if ('problems' in read) return showImport(ctx, mapped, text, read.problems)
    const { provider, providerVersion, document } = read
    const isDone = await replaceDraft(ctx, options, {
      mapped,
      document,
      audit: { action: 'mapping.imported', from: { provider, providerVersion } },
      path: mappingPath(connection, '/import'),
    })
    if (!isDone) return
    const isForeign = provider !== connection.provider
    await leaveForDraft(ctx, options, {
      mapped,
      document,
      text: `The file is the draft now.${isForeign ? ` It was made for ${provider}, and this connection is one of ${connection.provider}.` : ''}`,
      isForeign,
    })
  })

  router.get('/connections/:id/mappings/fit', async (ctx) => {
    const mapped = await requireMapped(ctx, options)
    const { connection, found } = mapped
    const draft = await mappings.draft(connection.id)
    if (!draft) return seeOther(ctx, pageUrl(basePath, mappingPath(connection)))
    const inForce = await mappings.published(connection.id)
    const labels = await labelsFor(mapped, [draft.document, inForce?.document], options)
    show(ctx, {
      view: 'mappings/fit',
      title: `What does not fit ${connection.name}`,
      data: {
        connection,
        draft,
        misfits: found ? await findMisfits(mapped, draft.document, { catalog, labels }) : [],
        hasProvider: found !== null,
        isAskedLater: typeof found?.provider.prototype.discoverObjectTypes === 'function',
        inForce,
        changes: mappingChanges(inForce?.document ?? [], draft.document, labels),
      },
    })
  })

  function showImport(
    ctx: PageContext,
    { connection }: MappedConnection,
    text: string,
    problems: readonly string[],
  ): void {
    const title = `Import a mapping into ${connection.name}`
    show(ctx, {
      view: 'mappings/import',
      title: problems.length > 0 ? `Error: ${title}` : title,
      status: problems.length > 0 ? 422 : 200,
      data: { connection, text, problems: problems.map((problem) => ({ field: 'file', text: problem })) },
    })
  }
}

/** What the address asks for: a version, the draft, or else what is in force. */
export async function requireDocument(
  ctx: PageContext,
  { mappings }: Pick<MappingPagesOptions, 'mappings'>,
  { id }: { id: string },
): Promise<{ document: MappingDocument; label: string }> {
  const { version: wanted } = queryFields(ctx)
  if (wanted === 'draft') {
    const draft = await mappings.draft(id)
    return {
      document: (draft ?? notFound(ctx, 'There is no draft: it was published or discarded.')).document,
      label: 'draft',
    }
  }
  const number = versionNumber(wanted)
  if (wanted && number === null) notFound(ctx, 'The mapping of this connection has no such version.')
  const found = await mappings.published(id, number ?? undefined)
  const { document, version } = found ?? notFound(ctx, 'The mapping of this connection has no such version.')
  return { document, label: `version-${version}` }
}

const fileName = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '') || 'connection'
