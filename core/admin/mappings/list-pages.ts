// The mappings of a connection in their order, which later ones depend on: what each does, what is wrong with it, and the
// buttons that change the draft.
import { isErrorKind, messageOf } from '../../errors.ts'
import { validateMapping } from '../../mapping/validate-mapping.ts'
import type { Impacts } from '../../runs/impacts.ts'
import type { MappingDocument } from '../../sdk/mapping.ts'
import { requireProvider } from '../connections/configurable.ts'
import { formFields, textField } from '../form-fields.ts'
import { pageUrl } from '../links.ts'
import { mappingWords } from '../mapping-words.ts'
import { setNotice } from '../notice.ts'
import { actorOf, type PageContext } from '../page-context.ts'
import { type PageRouter, seeOther } from '../page-router.ts'
import { changeDocument, documentVerbs } from './change-document.ts'
import type { MappingPagesOptions } from './editor-pages.ts'
import { connectionImpact } from './impact-view.ts'
import { type MappingDesk, requireDesk, revisionOf } from './mapping-desk.ts'
import { loadMappingEnds, type MappingEnds } from './mapping-ends.ts'

export function registerMappingListPages(
  router: PageRouter,
  options: MappingPagesOptions & { impacts: Pick<Impacts, 'newest' | 'postponed'> },
): void {
  const { catalog, mappings, impacts, show, log, basePath } = options
  const listUrl = ({ connection }: MappingDesk) => pageUrl(basePath, `/connections/${connection.id}/mappings`)

  router.get('/connections/:id/mappings', async (ctx) => {
    const desk = await requireDesk(ctx, options)
    const found = requireProvider(ctx, desk)
    const { connection, document, draft, inForce } = desk
    const ends = await loadMappingEnds(options, { connection, found })
    const words = await mappingWords(document, {
      catalog,
      scope: connection.scope,
      objectTypes: ends.objectTypes,
      log,
    })
    const problems = problemsByMapping(document, ends)
    show(ctx, {
      view: 'mappings/list',
      title: `Mapping of ${connection.name}`,
      data: {
        connection,
        draft,
        inForce,
        endProblems: ends.problems,
        impact: await connectionImpact(impacts, connection.id),
        canOperate: desk.actor.can('operate', connection.scope),
        proposedCount: found.provider.defaultMappings.length,
        providerName: found.provider.displayName || found.provider.identifier,
        mappings: words.map((one, index) => ({
          ...one,
          problems: problems.get(index) ?? [],
          isFirst: index === 0,
          isLast: index === words.length - 1,
        })),
      },
    })
  })

  router.post('/connections/:id/mappings', async (ctx) => {
    const desk = await requireDesk(ctx, options)
    const [verb, key = ''] = splitOnce(textField(formFields(ctx), 'change'))
    const known = documentVerbs.find((one) => one === verb) ?? ctx.throw(422, 'Choose what to change.')
    const document = changeDocument(desk.document, { verb: known, key })
    // It may have been moved or removed by somebody else; the page shows how it is.
    if (document !== desk.document) await save(ctx, desk, document)
    seeOther(ctx, `${listUrl(desk)}${known === 'remove' ? '' : `#mapping-${encodeURIComponent(key)}`}`)
  })

  router.get('/connections/:id/mappings/discard', async (ctx) => {
    const desk = await requireDesk(ctx, options)
    if (!desk.draft) return seeOther(ctx, listUrl(desk))
    const { connection, draft, inForce } = desk
    show(ctx, {
      view: 'mappings/discard',
      title: `Discard the draft of ${connection.name}?`,
      data: { connection, draft, inForce },
    })
  })

  router.post('/connections/:id/mappings/discard', async (ctx) => {
    const desk = await requireDesk(ctx, options)
    // The draft that was looked at, and not one that somebody has written since.
    const revision = Number(textField(formFields(ctx), 'revision'))
    await change(ctx, async () => {
      await mappings.discardDraft({
        connectionId: desk.connection.id,
        revision: Number.isSafeInteger(revision) ? revision : null,
        actor: actorOf(desk.actor),
      })
      setNotice(ctx, { kind: 'success', text: 'The draft is discarded.' }, { basePath })
    })
    seeOther(ctx, listUrl(desk))
  })

  async function save(ctx: PageContext, desk: MappingDesk, document: MappingDocument): Promise<void> {
    await change(ctx, async () => {
      const { connection, actor } = desk
      await mappings.saveDraft({
        connectionId: connection.id,
        document,
        revision: revisionOf(desk),
        actor: actorOf(actor),
      })
    })
  }

  // Whoever was slower reads who was quicker, and sees the mapping as it is now.
  async function change(ctx: PageContext, write: () => Promise<void>): Promise<void> {
    try {
      await write()
    } catch (error) {
      if (!isErrorKind(error, 'TransitionError') && !isErrorKind(error, 'SyncConfigError')) throw error
      setNotice(ctx, { kind: 'warning', text: messageOf(error) }, { basePath })
    }
  }
}

/** What is wrong with each enabled mapping, by its place. */
export function problemsByMapping(
  document: MappingDocument,
  { models, objectTypes, updateModes }: MappingEnds,
): ReadonlyMap<number, readonly string[]> {
  const problems = validateMapping({ document, models, objectTypes, updateModes })
  const byMapping = Map.groupBy(problems, ({ path }) => Number(path.split('.')[0]))
  return new Map([...byMapping].map(([index, found]) => [index, found.map(({ message }) => message)]))
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf(' ')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
