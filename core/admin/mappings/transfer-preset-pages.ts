// Beginning again from what the provider proposes: all of its mappings or some, beside those that are there or in their
// place. It becomes the draft.
import { requireProvider } from '../connections/configurable.ts'
import { type FormFields, formFields, textField } from '../form-fields.ts'
import { mappingWords } from '../mapping-words.ts'
import type { PageContext } from '../page-context.ts'
import type { PageRouter } from '../page-router.ts'
import { currentDocument, joinChosen, offer, readChoice } from './chosen-mappings.ts'
import { type MappedConnection, type MappingPagesOptions, mappingPath, requireMapped } from './mapped-connection.ts'
import { replaceDraft } from './replace-draft.ts'
import { leaveForDraft } from './transfer-fit.ts'

export function registerPresetPages(router: PageRouter, options: MappingPagesOptions): void {
  const { mappings, catalog, show, log } = options

  router.get('/connections/:id/mappings/presets', async (ctx) => {
    await showPresets(ctx, await requireMapped(ctx, options), null)
  })

  router.post('/connections/:id/mappings/presets', async (ctx) => {
    const mapped = await requireMapped(ctx, options)
    const { connection } = mapped
    const { provider } = requireProvider(ctx, mapped)
    const fields = formFields(ctx)
    const choice = readChoice(fields, provider.defaultMappings)
    if ('problem' in choice) return showPresets(ctx, mapped, { fields, problem: choice.problem })
    const { document: there, revision } = await currentDocument(mappings, connection.id)
    const document = joinChosen(there, choice)
    const isDone = await replaceDraft(ctx, options, {
      mapped,
      document,
      audit: { action: 'mapping.begun_from_preset', from: { mappings: choice.chosen.map(({ key }) => key) } },
      path: mappingPath(connection, '/presets'),
      // What is only added to the draft that the page was drawn with takes nothing from it.
      holds: choice.keepsOthers && textField(fields, 'seen') === String(revision) ? revision : null,
    })
    if (!isDone) return
    const text = `What ${provider.displayName || provider.identifier} proposes is in the draft now.`
    await leaveForDraft(ctx, options, { mapped, document, text, isForeign: false })
  })

  async function showPresets(
    ctx: PageContext,
    mapped: MappedConnection,
    posted: { fields: FormFields; problem: { field: string; text: string } } | null,
  ): Promise<void> {
    const { connection, objectTypes } = mapped
    const { provider } = requireProvider(ctx, mapped)
    const { document: there, revision } = await currentDocument(mappings, connection.id)
    const title = `What is proposed for ${connection.name}`
    const words = await mappingWords(provider.defaultMappings, { catalog, scope: connection.scope, objectTypes, log })
    show(ctx, {
      view: 'mappings/presets',
      title: posted ? `Error: ${title}` : title,
      status: posted ? 422 : 200,
      data: {
        connection,
        providerName: provider.displayName || provider.identifier,
        problems: posted ? [posted.problem] : [],
        choices: offer(provider.defaultMappings, {
          there,
          words,
          fields: posted?.fields ?? null,
          notes: {
            absent: 'It is not there.',
            same: 'It is there as it is proposed.',
            differs: 'It is there and was changed: choosing it puts it back to what is proposed.',
          },
          isChosen: (own) => own === undefined,
        }),
        others: posted ? textField(posted.fields, 'others') : 'keep',
        revision,
      },
    })
  }
}
