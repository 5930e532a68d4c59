// The last step of a new connection: begin with the mappings that the provider proposes, with those that it was copied with
// from another scope, or without any, and switch it on, with its plugin when that is switched on nowhere it serves.
import type { Activation } from '../../connections/activation.ts'
import { mappingProblems, withoutModel } from '../../connections/check-mappings.ts'
import type { ConnectionSummary, Connections } from '../../connections/connect.ts'
import { type CopiedDraft, loadCopiedDraft } from '../../connections/copied-draft.ts'
import type { Mappings } from '../../connections/mappings.ts'
import { aboveEvents, isWithinScope } from '../../connections/resolve-activation.ts'
import type { Database } from '../../database/transaction.ts'
import { isErrorKind, messageOf } from '../../errors.ts'
import type { Catalog, CatalogProvider } from '../../registry/catalog.ts'
import type { Log } from '../../sdk/log.ts'
import { formFields, textField } from '../form-fields.ts'
import { pageUrl } from '../links.ts'
import { mappingWords } from '../mapping-words.ts'
import { labelsFor, mappingPath } from '../mappings/mapped-connection.ts'
import { findMisfits, type Misfit } from '../mappings/transfer-fit.ts'
import { setNotice } from '../notice.ts'
import { actorOf, type PageContext } from '../page-context.ts'
import { type PageRouter, seeOther } from '../page-router.ts'
import { scopePhrase, scopeWords } from '../scopes.ts'
import type { ShowPage } from '../show-page.ts'
import { authorizationOf } from './authorization.ts'
import { type Configurable, requireConfigurable, requireProvider } from './configurable.ts'

export function registerFirstMappingPages(
  router: PageRouter,
  options: {
    database: Database
    catalog: Catalog
    connections: Pick<Connections, 'list' | 'load' | 'finish'>
    mappings: Pick<Mappings, 'draft'>
    activation: Activation
    show: ShowPage
    log: Log
    basePath: string
  },
): void {
  const { catalog, connections, activation, show, log, basePath } = options
  const connectionUrl = ({ id }: ConnectionSummary, page = '') => pageUrl(basePath, `/connections/${id}${page}`)

  router.get('/connections/:id/mapping', async (ctx) => {
    const configurable = await requireConfigurable(ctx, options)
    if (!configurable.isDraft) return seeOther(ctx, `${connectionUrl(configurable.connection)}#mapping`)
    await showChoice(ctx, configurable, null)
  })

  router.post('/connections/:id/mapping', async (ctx) => {
    const configurable = await requireConfigurable(ctx, options)
    const { connection, actor } = configurable
    const found = requireProvider(ctx, configurable)
    if (!configurable.isDraft) {
      setNotice(ctx, { kind: 'info', text: `${connection.name} is switched on already.` }, { basePath })
      return seeOther(ctx, connectionUrl(connection))
    }
    const fields = formFields(ctx)
    const begin = textField(fields, 'begin')
    const copied = await loadCopied(configurable)
    if (begin !== 'proposed' && begin !== 'empty' && !(begin === 'copied' && copied)) {
      return showChoice(ctx, configurable, { field: 'begin', text: 'Choose how to begin.' })
    }
    const [runtime] = await connections.load([connection.id])
    if (runtime?.error) {
      setNotice(ctx, { kind: 'error', text: messageOf(runtime.error) }, { basePath })
      return seeOther(ctx, connectionUrl(connection, '/settings'))
    }
    // What does not fit is corrected before it is in force: until then it is the draft of a connection that sends nothing.
    const isToBeCorrected = begin === 'copied' && copied !== null && copied.misfits.length > 0
    try {
      const proposed = begin === 'proposed' ? found.provider.defaultMappings : []
      await connections.finish({
        connectionId: connection.id,
        mappings: begin === 'copied' && copied && !isToBeCorrected ? copied.document : proposed,
        ...(isToBeCorrected ? { toCorrect: copied.document } : {}),
        actor: actorOf(actor),
      })
    } catch (error) {
      // What is proposed has a slip of the pen in it.
      if (isErrorKind(error, 'SyncConfigError')) {
        return showChoice(ctx, configurable, { field: 'begin', text: messageOf(error) })
      }
      // Somebody was quicker.
      if (!isErrorKind(error, 'TransitionError')) throw error
      setNotice(ctx, { kind: 'info', text: messageOf(error) }, { basePath })
      return seeOther(ctx, connectionUrl(connection))
    }
    const pluginSwitch = await switchFor(connection, found, configurable)
    const isSwitched = pluginSwitch?.canSwitch === true && textField(fields, 'plugin') === 'on'
    if (isSwitched) {
      await activation.setActive({
        plugin: pluginSwitch.plugin,
        scope: pluginSwitch.scope,
        isActive: true,
        actor: actorOf(actor),
      })
    }
    const plugin = isSwitched ? ` ${pluginSwitch.pluginName} is switched on ${pluginSwitch.scopePhrase}.` : ''
    if (isToBeCorrected) {
      const text = `${connection.name} is switched on, and sends nothing before its mapping is corrected and published.${plugin}`
      setNotice(ctx, { kind: 'warning', text }, { basePath })
      return seeOther(ctx, pageUrl(basePath, mappingPath(connection, '/fit')))
    }
    const authorization = authorizationOf(connection, found)
    setNotice(
      ctx,
      authorization && !authorization.isAuthorised
        ? {
            kind: 'warning',
            text: `${connection.name} is switched on, but not authorised at ${authorization.providerName} yet. What is to be sent waits until somebody does that.${plugin}`,
          }
        : { kind: 'success', text: `${connection.name} is connected and switched on.${plugin}` },
      { basePath },
    )
    // Without a mapping, or with one to be corrected, that is what comes next.
    seeOther(ctx, connectionUrl(connection, begin === 'empty' || isToBeCorrected ? '/mappings' : ''))
  })

  async function showChoice(
    ctx: PageContext,
    configurable: Configurable,
    problem: { field: string; text: string } | null,
  ): Promise<void> {
    const { connection } = configurable
    const found = requireProvider(ctx, configurable)
    const { provider } = found
    const title = `First mapping of ${connection.name}`
    const copied = await loadCopied(configurable)
    const inWords = { catalog, scope: connection.scope, objectTypes: provider.externalObjectTypes, log }
    show(ctx, {
      view: 'connections/first-mapping',
      title: problem ? `Error: ${title}` : title,
      status: problem ? 422 : 200,
      data: {
        connection,
        problems: problem ? [problem] : [],
        providerName: provider.displayName || provider.identifier,
        unfit: await mappingProblems(catalog, { provider, document: provider.defaultMappings, connection }),
        withoutModel: withoutModel(catalog, provider),
        proposed: await mappingWords(provider.defaultMappings, inWords),
        copied: copied && {
          fromText: scopeWords(copied.from),
          mappings: await mappingWords(copied.document, inWords),
          misfits: copied.misfits,
        },
        pluginSwitch: await switchFor(connection, found, configurable),
        authorization: authorizationOf(connection, found),
      },
    })
  }

  /** The mapping it was copied with, and what of it does not fit here. */
  async function loadCopied(
    configurable: Configurable,
  ): Promise<(CopiedDraft & { misfits: readonly Misfit[] }) | null> {
    const copied = await loadCopiedDraft(options, configurable.connection)
    if (!copied) return null
    const mapped = { ...configurable, objectTypes: configurable.found?.provider.externalObjectTypes ?? [] }
    const labels = await labelsFor(mapped, [copied.document], options)
    return { ...copied, misfits: await findMisfits(mapped, copied.document, { catalog, labels }) }
  }

  /** Null when the plugin is on anywhere that the connection serves. */
  async function switchFor({ scope }: ConnectionSummary, { plugin }: CatalogProvider, { actor }: Configurable) {
    if (activation.isAlwaysOn(plugin.name)) return null
    const isOn = (await activation.rows(plugin.name)).some(
      (row) => row.isActive && (isWithinScope(row.scope, scope) || isWithinScope(scope, row.scope)),
    )
    if (isOn) return null
    // A plugin of organizers is switched there, and its events have no say.
    const at = plugin.level === 'organizer' ? aboveEvents(scope) : scope
    return {
      plugin: plugin.name,
      pluginName: plugin.displayName ?? plugin.name,
      scope: at,
      scopePhrase: scopePhrase(at),
      canSwitch: actor.can('configure', at),
    }
  }
}
