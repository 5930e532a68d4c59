// Name, settings and credentials of a connection: the second step of a new one, and the page to change them later. There
// another loaded version of the provider can be looked at with `?version=`; saving moves the connection to it.
import { z } from 'zod'
import type { Connections } from '../../connections/connect.ts'
import { connectionSchema } from '../../connections/connection-schema.ts'
import type { Environments } from '../../connections/environments.ts'
import type { MappingTests } from '../../connections/mapping-tests.ts'
import type { Mappings } from '../../connections/mappings.ts'
import { isErrorKind, messageOf } from '../../errors.ts'
import type { Catalog } from '../../registry/catalog.ts'
import type { ProviderClass } from '../../sdk/provider.ts'
import { formFields, queryFields, textField } from '../form-fields.ts'
import type { DrawnForm, FormProblem } from '../forms/form.ts'
import { pageUrl } from '../links.ts'
import { testsWithVersion } from '../mappings/test-upgrades.ts'
import { setNotice } from '../notice.ts'
import { actorOf, type PageContext } from '../page-context.ts'
import { type PageRouter, seeOther } from '../page-router.ts'
import { scopeWords } from '../scopes.ts'
import type { ShowPage } from '../show-page.ts'
import { authorizationOf, isAgreedTo } from './authorization.ts'
import type { RedirectUri } from './callback-address.ts'
import { type Configurable, requireConfigurable } from './configurable.ts'
import { settingLabel } from './connection-details.ts'
import { otherVersions } from './other-versions.ts'
import { type SettingsForm, settingField, settingsForm } from './settings-form.ts'

// Not every error that is told here names settings.
const problemsSchema = z.array(z.object({ property: z.string(), message: z.string() })).catch([])

interface SettingsPagesOptions {
  catalog: Catalog
  connections: Pick<Connections, 'list' | 'change' | 'credentialFacts'>
  environments: Pick<Environments, 'list'>
  mappings: Pick<Mappings, 'published'>
  mappingTests: Pick<MappingTests, 'list'>
  show: ShowPage
  redirectUri: RedirectUri
  basePath: string
}

export function registerSettingsPages(router: PageRouter, options: SettingsPagesOptions): void {
  const { catalog, connections, environments, show, redirectUri, basePath } = options

  router.get('/connections/:id/settings', async (ctx) => {
    const configurable = await requireConfigurable(ctx, options)
    const provider = chosenProvider(ctx, configurable, queryFields(ctx).version ?? '')
    const form = provider ? (await formOf(configurable, provider)).draw() : null
    await showForm(ctx, { configurable, provider, form })
  })

  router.post('/connections/:id/settings', async (ctx) => {
    const configurable = await requireConfigurable(ctx, options)
    const { connection, isDraft, actor } = configurable
    const fields = formFields(ctx)
    const provider =
      chosenProvider(ctx, configurable, textField(fields, 'version')) ??
      ctx.throw(422, 'Choose a version of the provider that is loaded.')
    const read = await (await formOf(configurable, provider)).read(fields)
    if (!read.change) return showForm(ctx, { configurable, provider, form: read.draw() })
    try {
      await connections.change({
        connectionId: connection.id,
        version: provider.version,
        actor: actorOf(actor),
        mayConfigureAll: actor.can('configure', ''),
        ...read.change,
      })
    } catch (error) {
      if (isErrorKind(error, 'TransitionError')) ctx.throw(409, messageOf(error))
      if (!isErrorKind(error, 'SyncConfigError') && !isErrorKind(error, 'SecretError')) throw error
      return showForm(ctx, { configurable, provider, form: read.draw(refusal(error)) })
    }
    if (!isDraft) {
      const moved = provider.version === connection.providerVersion ? '' : ` It is on version ${provider.version} now.`
      setNotice(ctx, { kind: 'success', text: `The settings are saved.${moved}` }, { basePath })
    }
    seeOther(ctx, pageUrl(basePath, `/connections/${connection.id}/${isDraft ? 'test' : 'settings'}`))
  })

  async function storedCredentials(connectionId: string, provider: ProviderClass | null) {
    const facts = await connections.credentialFacts(connectionId)
    if (!facts || (facts.credentials.length === 0 && !facts.grant)) return null
    const schema = provider && connectionSchema(provider)
    return {
      ...facts,
      credentials: facts.credentials.map((one) => ({ ...one, label: settingLabel(schema, one.name) })),
    }
  }

  // What only the whole shows, such as a name that is taken; or what its settings would do with stored secrets.
  function refusal(error: unknown): readonly FormProblem[] {
    const problems = problemsSchema.parse(Reflect.get(Object(error), 'problems'))
    if (problems.length === 0) return [{ name: 'name', text: messageOf(error) }]
    return problems.map(({ property, message }) => ({ name: settingField(property), text: message }))
  }

  // Which environments there are is for those who may configure everything: whoever chooses one for a connection can have
  // its secrets sent to wherever the settings say.
  async function formOf({ connection, actor }: Configurable, provider: ProviderClass): Promise<SettingsForm> {
    if (!actor.can('configure', '')) return settingsForm(connection, provider, [])
    const known = (await environments.list()).filter(
      (one) => one.provider === provider.identifier && one.providerVersion === provider.version,
    )
    const names = new Set([...known.map(({ environment }) => environment), connection.environment ?? []].flat())
    return settingsForm(connection, provider, [...names].sort())
  }

  /** The version asked for, else the one that the connection has; null when that cannot be used. */
  function chosenProvider(
    ctx: PageContext,
    { connection, found }: Configurable,
    version: string,
  ): ProviderClass | null {
    if (version === '' || version === connection.providerVersion) return found && !found.problem ? found.provider : null
    const other = catalog.provider(connection.provider, version)
    if (!other) ctx.throw(404, `Version ${version.slice(0, 50)} of this provider is not loaded.`)
    if (other.problem) ctx.throw(409, other.problem)
    return other.provider
  }

  async function showForm(
    ctx: PageContext,
    {
      configurable: { connection, isDraft, found, actor },
      provider,
      form,
    }: { configurable: Configurable; provider: ProviderClass | null; form: DrawnForm | null },
  ): Promise<void> {
    const hasProblems = form !== null && form.problems.length > 0
    const isOtherVersion = provider !== null && provider.version !== connection.providerVersion
    const title = isDraft ? 'Settings of the new connection' : `Settings of ${connection.name}`
    show(ctx, {
      view: 'connections/settings',
      title: hasProblems ? `Error: ${title}` : title,
      status: hasProblems ? 422 : 200,
      data: {
        connection,
        isDraft,
        form,
        problems: form?.problems ?? [],
        providerName: provider?.displayName || connection.provider,
        version: provider?.version ?? null,
        isOtherVersion,
        // What those who keep tests want to know before they save.
        tests: isOtherVersion ? await testsWithVersion(options, { connectionId: connection.id, provider }) : null,
        redirectUri: provider && isAgreedTo(provider) ? redirectUri(ctx) : null,
        authorization: isOtherVersion ? null : authorizationOf(connection, found),
        problem: found?.problem ?? null,
        isDeprecated: found?.state === 'deprecated',
        // A draft has been given the version that was chosen for it.
        otherVersions: isDraft && provider ? [] : otherVersions(catalog, connection),
        canChooseEnvironment: actor.can('configure', ''),
        scopeText: scopeWords(connection.scope),
        credentials: isDraft ? null : await storedCredentials(connection.id, provider),
      },
    })
  }
}
