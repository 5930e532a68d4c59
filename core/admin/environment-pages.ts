// Environments: which there are, and one page each with its variables. A secret is typed in and never shown again. They
// belong to a version of a provider and not to a scope, so they are for those who may configure the whole instance.
import { environmentPath } from '../connections/environment-values.ts'
import { type Environments, environmentName, variableName } from '../connections/environments.ts'
import { isErrorKind, messageOf } from '../errors.ts'
import type { Catalog } from '../registry/catalog.ts'
import { formFields, queryFields, textField } from './form-fields.ts'
import { pageUrl } from './links.ts'
import { setNotice } from './notice.ts'
import { actorOf, notFound, type PageContext, requirePermission } from './page-context.ts'
import { type PageRouter, seeOther } from './page-router.ts'
import type { ShowPage } from './show-page.ts'

interface Problem {
  field: string
  text: string
}

interface Key {
  provider: string
  providerVersion: string
  environment: string
}

interface VariableForm {
  name: string
  value: string
  isSecret: boolean
  /** One that is there already: its name stands, and an empty secret keeps its value. */
  isKnown: boolean
}

const path = '/environments/:provider/:version/:environment'

export function registerEnvironmentPages(
  router: PageRouter,
  {
    catalog,
    environments,
    show,
    basePath,
  }: { catalog: Pick<Catalog, 'provider' | 'providers'>; environments: Environments; show: ShowPage; basePath: string },
): void {
  router.get('/environments', async (ctx) => {
    requirePermission(ctx, 'configure', '')
    await showList(ctx, { version: '', name: '', problems: [] })
  })

  // Nothing is written: an environment is there as soon as it has a variable.
  router.post('/environments', async (ctx) => {
    requirePermission(ctx, 'configure', '')
    const fields = formFields(ctx)
    const [version, name] = [textField(fields, 'version'), textField(fields, 'name')]
    const chosen = versions().find(({ value }) => value === version)
    const problems: Problem[] = []
    if (!chosen) problems.push({ field: 'version', text: 'Choose one of the systems in the list.' })
    if (!environmentName.safeParse(name).success) {
      problems.push({
        field: 'name',
        text: 'A name consists of letters, digits, dashes and underscores, at most 60, such as live.',
      })
    }
    if (!chosen || problems.length > 0) return showList(ctx, { version, name, problems })
    const { provider, providerVersion } = chosen
    seeOther(ctx, pageUrl(basePath, environmentPath({ provider, providerVersion, environment: name })))
  })

  router.get(path, async (ctx) => {
    requirePermission(ctx, 'configure', '')
    const key = await requireEnvironment(ctx)
    const wanted = queryFields(ctx).variable
    const known = (await environments.variables(key)).find(({ name }) => name === wanted)
    const form = known
      ? { name: known.name, value: known.value ?? '', isSecret: known.isSecret, isKnown: true }
      : { name: '', value: '', isSecret: false, isKnown: false }
    await showEnvironment(ctx, { key, form, problems: [] })
  })

  router.post(path, async (ctx) => {
    const user = requirePermission(ctx, 'configure', '')
    const key = await requireEnvironment(ctx)
    const fields = formFields(ctx)
    // Not trimmed: spaces may belong to a password.
    const raw = fields.value
    const value = typeof raw === 'string' ? raw : (raw?.[0] ?? '')
    const [name, isSecret] = [textField(fields, 'name'), textField(fields, 'secret') === 'yes']
    const known = (await environments.variables(key)).find((one) => one.name === name)
    const form = { name, value: isSecret ? '' : value, isSecret, isKnown: known !== undefined }
    if (!variableName.safeParse(name).success) {
      const text = 'A name consists of letters, digits and underscores, at most 100, such as BASE_URL.'
      return showEnvironment(ctx, { key, form, problems: [{ field: 'name', text }] })
    }
    if (isSecret && value === '' && !known?.isSecret) {
      const text = 'Type the secret in. It is sealed and never shown again.'
      return showEnvironment(ctx, { key, form, problems: [{ field: 'value', text }] })
    }
    try {
      await environments.set({ ...key, name, value, isSecret, actor: actorOf(user) })
    } catch (error) {
      if (!isErrorKind(error, 'SyncConfigError')) throw error
      return showEnvironment(ctx, { key, form, problems: [{ field: 'value', text: messageOf(error) }] })
    }
    setNotice(ctx, { kind: 'success', text: `${name} is set.` }, { basePath })
    seeOther(ctx, pageUrl(basePath, environmentPath(key)))
  })

  router.get(`${path}/remove`, async (ctx) => {
    requirePermission(ctx, 'configure', '')
    const key = await requireEnvironment(ctx)
    const name = queryFields(ctx).variable
    const variable = (await environments.variables(key)).find((one) => one.name === name) ?? notFound(ctx)
    const { connectionNames } = await summaryOf(key)
    show(ctx, {
      view: 'environments/remove',
      title: `Remove ${variable.name}`,
      data: { ...key, path: environmentPath(key), name: variable.name, connectionNames, label: labelOf(key) },
    })
  })

  router.post(`${path}/remove`, async (ctx) => {
    const user = requirePermission(ctx, 'configure', '')
    const key = await requireEnvironment(ctx)
    const name = textField(formFields(ctx), 'variable')
    const isRemoved = await environments.remove({ ...key, name, actor: actorOf(user) })
    setNotice(
      ctx,
      isRemoved
        ? { kind: 'success', text: `${name} is removed.` }
        : { kind: 'info', text: 'It had been removed already.' },
      { basePath },
    )
    seeOther(ctx, pageUrl(basePath, environmentPath(key)))
  })

  const versions = () =>
    catalog
      .providers()
      .map(({ provider }) => ({
        provider: provider.identifier,
        providerVersion: provider.version,
        value: `${provider.identifier} ${provider.version}`,
        label: `${provider.displayName || provider.identifier} ${provider.version}`,
      }))
      .sort((left, right) => left.label.localeCompare(right.label))

  const labelOf = ({ provider, providerVersion }: Pick<Key, 'provider' | 'providerVersion'>): string =>
    `${catalog.provider(provider, providerVersion)?.provider.displayName || provider} ${providerVersion}`

  async function summaryOf(key: Key) {
    const found = (await environments.list()).find(
      (one) =>
        one.provider === key.provider &&
        one.providerVersion === key.providerVersion &&
        one.environment === key.environment,
    )
    return found ?? { ...key, variableCount: 0, connectionNames: [] }
  }

  /** Of a loaded provider version any environment may be begun; of another one, those that are there are shown. */
  async function requireEnvironment(ctx: PageContext): Promise<Key> {
    const { provider = '', version: providerVersion = '', environment = '' } = ctx.params
    const key = { provider, providerVersion, environment }
    if (!environmentName.safeParse(environment).success) return notFound(ctx)
    if (catalog.provider(provider, providerVersion)) return key
    const { variableCount, connectionNames } = await summaryOf(key)
    return variableCount + connectionNames.length > 0 ? key : notFound(ctx)
  }

  async function showList(
    ctx: PageContext,
    { problems, ...form }: { version: string; name: string; problems: readonly Problem[] },
  ): Promise<void> {
    const list = await environments.list()
    show(ctx, {
      view: 'environments/list',
      title: problems.length > 0 ? 'Error: Environments' : 'Environments',
      status: problems.length > 0 ? 422 : 200,
      data: {
        environments: list.map((one) => ({ ...one, path: environmentPath(one), label: labelOf(one) })),
        versions: versions(),
        form,
        problems,
      },
    })
  }

  async function showEnvironment(
    ctx: PageContext,
    { key, form, problems }: { key: Key; form: VariableForm; problems: readonly Problem[] },
  ): Promise<void> {
    const { connectionNames } = await summaryOf(key)
    show(ctx, {
      view: 'environments/show',
      title: problems.length > 0 ? `Error: ${key.environment}` : key.environment,
      status: problems.length > 0 ? 422 : 200,
      data: {
        ...key,
        path: environmentPath(key),
        label: labelOf(key),
        variables: await environments.variables(key),
        connectionNames,
        form,
        problems,
      },
    })
  }
}
