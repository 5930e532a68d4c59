// The versions of a connection's mapping: who published which when, what each says, what differs, and taking one up again.
import type { PublishedMapping } from '../../connections/mappings.ts'
import { queryFields } from '../form-fields.ts'
import { pageUrl } from '../links.ts'
import { mappingWords } from '../mapping-words.ts'
import { setNotice } from '../notice.ts'
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
import { replaceDraft } from './replace-draft.ts'

const pageSize = 30

export function registerVersionPages(router: PageRouter, options: MappingPagesOptions): void {
  const { mappings, catalog, show, log, basePath } = options

  router.get('/connections/:id/mappings/versions', async (ctx) => {
    const { connection } = await requireMapped(ctx, options)
    const before = versionNumber(queryFields(ctx).before)
    const [found, inForce, draft] = await Promise.all([
      mappings.versions(connection.id, { limit: pageSize + 1, before: before ?? undefined }),
      mappings.versions(connection.id, { limit: 1 }),
      mappings.draft(connection.id),
    ])
    const versions = found.slice(0, pageSize)
    show(ctx, {
      view: 'mappings/versions',
      title: `Versions of the mapping of ${connection.name}`,
      data: {
        connection,
        versions,
        inForce: inForce[0]?.version ?? null,
        draft,
        nextBefore: found.length > pageSize ? versions.at(-1)?.version : null,
        isFirstPage: before === null,
      },
    })
  })

  router.get('/connections/:id/mappings/versions/:number', async (ctx) => {
    const mapped = await requireMapped(ctx, options)
    const { connection, objectTypes } = mapped
    const version = await requireVersion(ctx, mapped)
    const [inForce, [older], next] = await Promise.all([
      mappings.published(connection.id),
      mappings.versions(connection.id, { limit: 1, before: version.version }),
      mappings.published(connection.id, version.version + 1),
    ])
    const previous = older ? await mappings.published(connection.id, older.version) : null
    const documents = [version, previous, inForce].map((one) => one?.document)
    const labels = await labelsFor(mapped, documents, options)
    show(ctx, {
      view: 'mappings/version',
      title: `Version ${version.version} of the mapping of ${connection.name}`,
      data: {
        connection,
        version,
        next,
        mappings: await mappingWords(version.document, { catalog, scope: connection.scope, objectTypes, log }),
        previous,
        changes: mappingChanges(previous?.document ?? [], version.document, labels),
        inForce,
        isInForce: inForce?.version === version.version,
        // How the version in force would have to be changed to be this one.
        changesToInForce: mappingChanges(inForce?.document ?? [], version.document, labels),
      },
    })
  })

  router.post('/connections/:id/mappings/versions/:number/restore', async (ctx) => {
    const mapped = await requireMapped(ctx, options)
    const { connection } = mapped
    const { version, document } = await requireVersion(ctx, mapped)
    const isDone = await replaceDraft(ctx, options, {
      mapped,
      document,
      audit: { action: 'mapping.version_restored', from: { version } },
      path: mappingPath(connection, `/versions/${version}/restore`),
    })
    if (!isDone) return
    setNotice(
      ctx,
      { kind: 'success', text: `Version ${version} is the draft now. Publish it to put it in force again.` },
      { basePath },
    )
    seeOther(ctx, pageUrl(basePath, mappingPath(connection)))
  })

  async function requireVersion(ctx: PageContext, { connection }: MappedConnection): Promise<PublishedMapping> {
    const number = versionNumber(ctx.params.number)
    const version = number === null ? null : await mappings.published(connection.id, number)
    return version ?? notFound(ctx, 'The mapping of this connection has no such version.')
  }
}

/** Null for what is no number of a version. */
export const versionNumber = (text: string | undefined): number | null =>
  text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null
