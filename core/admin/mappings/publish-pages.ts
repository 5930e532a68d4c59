// Publishing the draft of a mapping: what differs from the version in force, what does not fit and so stops it, and the
// button. A mapping test that is red stops it too, until somebody says that it is to be so. What is published is what was looked at: a draft or a version that somebody has written meanwhile is shown first.
import type { MappingTests } from '../../connections/mapping-tests.ts'
import { isErrorKind, messageOf } from '../../errors.ts'
import type { Impacts } from '../../runs/impacts.ts'
import { requireProvider } from '../connections/configurable.ts'
import { formFields, textField } from '../form-fields.ts'
import { pageUrl } from '../links.ts'
import { loadMappingLabels } from '../mapping-labels.ts'
import { setNotice } from '../notice.ts'
import { actorOf, type PageContext } from '../page-context.ts'
import { type PageRouter, seeOther } from '../page-router.ts'
import type { MappingPagesOptions } from './editor-pages.ts'
import { connectionImpact } from './impact-view.ts'
import { problemsByMapping } from './list-pages.ts'
import { mappingChanges } from './mapping-changes.ts'
import { type MappingDesk, requireDesk } from './mapping-desk.ts'
import { loadMappingEnds } from './mapping-ends.ts'
import { runMappingTests } from './test-runs.ts'

export interface PublishPagesOptions extends MappingPagesOptions {
  mappingTests: MappingTests
  impacts: Pick<Impacts, 'newest' | 'postponed'>
}

export function registerMappingPublishPages(router: PageRouter, options: PublishPagesOptions): void {
  const { catalog, mappings, mappingTests, impacts, show, log, basePath } = options
  const listUrl = ({ connection }: MappingDesk) => pageUrl(basePath, `/connections/${connection.id}/mappings`)

  async function judge(ctx: PageContext, desk: MappingDesk) {
    const { connection, document, inForce } = desk
    const found = requireProvider(ctx, desk)
    const ends = await loadMappingEnds(options, { connection, found })
    const before = inForce?.document ?? []
    const { scope } = connection
    const labels = await loadMappingLabels([...before, ...document], {
      ...{ catalog, scope, objectTypes: ends.objectTypes, log },
    })
    const tests = await runMappingTests({
      mappingTests,
      connectionId: connection.id,
      document,
      provider: found.provider,
    })
    return {
      red: tests.filter(({ isGreen }) => !isGreen).map(({ id, name }) => ({ id, name })),
      testCount: tests.length,
      changes: mappingChanges(before, document, labels),
      endProblems: ends.problems,
      unfit: [...problemsByMapping(document, ends)].flatMap(([index, problems]) => {
        const mapping = document[index]
        return mapping
          ? [
              {
                key: mapping.key,
                title: `${labels.model(mapping.sourceModel)} to ${labels.objectType(mapping.externalObjectType)}`,
                problems,
              },
            ]
          : []
      }),
    }
  }

  async function showPage(ctx: PageContext, desk: MappingDesk, problem: string | null, status = 200): Promise<void> {
    const { connection, draft, inForce } = desk
    const title = `Publish the mapping of ${connection.name}`
    show(ctx, {
      view: 'mappings/publish',
      title: problem ? `Error: ${title}` : title,
      status,
      data: {
        ...{ connection, draft, inForce },
        ...(await judge(ctx, desk)),
        impact: await connectionImpact(impacts, connection.id),
        canOperate: desk.actor.can('operate', connection.scope),
        problems: problem ? [{ field: 'publish', text: problem }] : [],
      },
    })
  }

  router.get('/connections/:id/mappings/publish', async (ctx) => {
    const desk = await requireDesk(ctx, options)
    if (!desk.draft) {
      setNotice(ctx, { kind: 'info', text: 'There is no draft to publish: nothing was changed.' }, { basePath })
      return seeOther(ctx, listUrl(desk))
    }
    await showPage(ctx, desk, null)
  })

  router.post('/connections/:id/mappings/publish', async (ctx) => {
    const desk = await requireDesk(ctx, options)
    const { connection, actor } = desk
    const fields = formFields(ctx)
    const { unfit, red } = await judge(ctx, desk)
    if (unfit.length > 0) {
      return showPage(
        ctx,
        desk,
        'The draft does not fit yet. Mend what is named below, or switch that mapping off.',
        422,
      )
    }
    if (red.length > 0 && textField(fields, 'red') !== String(red.length)) {
      const text = red.length === 1 ? 'A test is red.' : `${red.length} tests are red.`
      return showPage(ctx, desk, `${text} Mend the mapping, or tick that it is published all the same.`, 422)
    }
    try {
      const { version } = await mappings.publish({
        connectionId: connection.id,
        revision: numberOf(textField(fields, 'revision')),
        over: numberOf(textField(fields, 'over')),
        actor: actorOf(actor),
      })
      const text =
        version === null
          ? 'The draft said what is in force already, so no version was added.'
          : `Version ${version} is in force. What is sent from now on follows it.`
      setNotice(ctx, { kind: 'success', text }, { basePath })
      // What was counted of it: send the affected records now, later or never.
      const impact = version === null ? null : await impacts.newest(connection.id)
      if (impact?.isResyncOpen) return seeOther(ctx, pageUrl(basePath, `/impacts/${impact.runId}`))
    } catch (error) {
      if (!isErrorKind(error, 'TransitionError')) throw error
      const now = await requireDesk(ctx, options)
      if (now.draft) return showPage(ctx, now, messageOf(error), 409)
      setNotice(ctx, { kind: 'warning', text: messageOf(error) }, { basePath })
    }
    seeOther(ctx, listUrl(desk))
  })
}

const numberOf = (text: string): number | null => (/^\d{1,10}$/.test(text) ? Number(text) : null)
