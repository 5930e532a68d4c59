// The admin room in one piece: the order of the steps every request takes, and the pages behind them.

import { createHmac, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import Koa, { type Middleware } from 'koa'
import type { Activation } from '../connections/activation.ts'
import type { Connections } from '../connections/connect.ts'
import type { Environments } from '../connections/environments.ts'
import type { MappingTests } from '../connections/mapping-tests.ts'
import type { Mappings } from '../connections/mappings.ts'
import type { Database } from '../database/transaction.ts'
import { messageOf } from '../errors.ts'
import { packageRoot, packageVersion } from '../package-root.ts'
import type { JobActions } from '../queue/job-actions.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { Audits } from '../runs/audits.ts'
import type { Backfills } from '../runs/backfill.ts'
import type { BulkActions } from '../runs/bulk-actions.ts'
import type { Impacts } from '../runs/impacts.ts'
import type { Log } from '../sdk/log.ts'
import type { User } from '../sdk/user.ts'
import { createAccounts } from './accounts.ts'
import { createAssets } from './assets.ts'
import { registerAuditPages } from './audit-pages.ts'
import { registerBackfillPages } from './backfill-pages.ts'
import { registerBulkPages } from './bulk-pages.ts'
import { registerBulkRunPages } from './bulk-run-pages.ts'
import { registerConnectionActionPages } from './connections/action-pages.ts'
import { registerAuthorizationPages } from './connections/authorization-pages.ts'
import { callbackAddress } from './connections/callback-address.ts'
import { registerConnectionPages } from './connections/connection-pages.ts'
import { registerFirstMappingPages } from './connections/first-mapping-pages.ts'
import { registerMovePages } from './connections/move-pages.ts'
import { registerNewConnectionPages } from './connections/new-connection-pages.ts'
import { registerResumePages } from './connections/resume-pages.ts'
import { registerSettingsPages } from './connections/settings-pages.ts'
import { registerTestPages } from './connections/test-pages.ts'
import { registerEnvironmentPages } from './environment-pages.ts'
import { errorPages } from './error-pages.ts'
import { registerHomePages } from './home-pages.ts'
import { hostUser } from './host-user.ts'
import { registerJobActionPages } from './job-action-pages.ts'
import { registerImpactPages } from './mappings/impact-pages.ts'
import { registerMappingPages } from './mappings/mapping-pages.ts'
import { mountPluginPages } from './mounted-pages.ts'
import { registerOpenRoutes } from './open-routes.ts'
import type { PageContext } from './page-context.ts'
import { createPageRouter } from './page-router.ts'
import { type PanelRequest, renderPanel } from './panel.ts'
import { registerPluginPages } from './plugin-pages.ts'
import { registerProviderFormPages } from './providers/form-pages.ts'
import { registerProviderImportPages } from './providers/import-pages.ts'
import { registerProviderPages } from './providers/provider-pages.ts'
import { registerQueuePages } from './queue-pages.ts'
import { readForm } from './read-form.ts'
import { mountReceivers, refuseOtherMessages } from './receivers.ts'
import { createRenderer } from './render.ts'
import { requestContext } from './request-context.ts'
import { registerRunListPages } from './run-list-pages.ts'
import { registerRunPages } from './run-pages.ts'
import { sameOriginGate } from './same-origin-gate.ts'
import { securityHeaders } from './security-headers.ts'
import { registerSelectedJobs } from './selected-jobs.ts'
import { createShowPage } from './show-page.ts'
import { registerSignInPages, requireSignIn, sessionUser } from './sign-in-pages.ts'
import { createSourceRecords } from './source-records.ts'
import { registerSubjectPages } from './subject-pages.ts'
import { createViewLocals } from './view-locals.ts'
import { webSessions } from './web-session.ts'

export interface AdminOptions {
  database: Database
  catalog: Catalog
  connections: Connections
  environments: Environments
  mappings: Mappings
  mappingTests: MappingTests
  jobActions: JobActions
  activation: Activation
  backfills: Backfills
  bulkActions: BulkActions
  audits: Audits
  impacts: Impacts
  /** Learns of providers that were made in another process. */
  refreshProviders?: (options?: { maxAgeMs?: number }) => Promise<void>
  /** Who is asking, as the host knows him. Null: the standalone program's own sign-in. */
  identify: ((request: IncomingMessage) => Promise<User | null> | User | null) | null
  readiness(): Promise<{ isReady: boolean; problem: string | null }>
  /** In Prometheus' text format. */
  metrics(): Promise<string>
  options: {
    /** Where the host mounts us, without a slash at the end. */
    basePath: string
    /** Under which people reach us, with or without the base path. @default what each request says */
    publicUrl?: string | null
    /** Believe X-Forwarded-Proto and X-Forwarded-Host. */
    trustProxy: boolean
    /** Sign cookies with the first, accept the others. None: cookies end with this process. */
    cookieKeys: readonly string[]
    /** Browsers reach us by https. */
    isSecure: boolean
    log: Log
  }
  /** @default the clock */
  now?: () => Date
}

export interface Admin {
  /** For any Node server; pages, style sheets and probes. */
  handler(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** How a record stands in all its connections, for the host's own page. */
  panel(request: PanelRequest): Promise<string>
  /** The address of the panel's style sheet, for hosts that want ours. */
  panelStylesheet: string
  ensureAdministrator(credentials: { email: string; password: string }): Promise<'created' | 'exists'>
}

export function createAdmin(deps: AdminOptions): Admin {
  const { database, catalog, activation, options, now = () => new Date() } = deps
  const { basePath, log } = options
  const viewsFolder = join(packageRoot(), 'views')
  const assets = createAssets(join(viewsFolder, 'assets'))
  const renderer = createRenderer({
    folder: viewsFolder,
    locals: { ...createViewLocals({ basePath, assets, now }), ownVersion: packageVersion() },
  })
  const records = createSourceRecords({ database, catalog, log, basePath })
  const accounts = createAccounts(database)
  // The catalog's pages exist once the plugins are set up, which may come after this; so the first request builds.
  let listener: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | null = null

  return Object.freeze({
    handler(request, response) {
      listener ??= createApp({ ...deps, now, assets, renderer, records, accounts })
      return listener(request, response)
    },
    panel: (request) => renderPanel({ database, catalog, activation, records, renderer, now }, request),
    panelStylesheet: `${basePath}${assets.path('panel.css')}`,
    ensureAdministrator: (credentials) => accounts.ensureAdministrator(credentials),
  } satisfies Admin)
}

interface AppOptions extends AdminOptions {
  now: () => Date
  assets: ReturnType<typeof createAssets>
  renderer: ReturnType<typeof createRenderer>
  records: ReturnType<typeof createSourceRecords>
  accounts: ReturnType<typeof createAccounts>
}

/** So old may be what a page knows of the providers that were made elsewhere. */
const providersAgeMs = 2_000

type Step = (ctx: PageContext, next: () => Promise<unknown>) => Promise<void>

function createApp(deps: AppOptions) {
  const { database, catalog, identify, accounts, now } = deps
  const { basePath, log, isSecure, trustProxy } = deps.options
  const app = new Koa({ proxy: trustProxy, keys: cookieKeys(deps.options) })
  app.on('error', (error: unknown) => log.error({ error: messageOf(error) }, 'A request failed outside its page'))
  const show = createShowPage({ renderer: deps.renderer, catalog, basePath, hasSignIn: identify === null })
  // Each step's context is made a page's by the first of them.
  const use = (step: Step) => app.use(step as unknown as Middleware)
  const redirectUri = callbackAddress({ basePath, publicUrl: deps.options.publicUrl ?? null })
  const pages = { ...deps, basePath, redirectUri, log, show, now, ownVersion: packageVersion() }

  use(requestContext({ basePath, isSecure }))
  app.use(securityHeaders({ isSecure }))
  use(errorPages({ show, log }))

  const open = createPageRouter()
  registerOpenRoutes(open, deps)
  const [openRoutes] = open.middleware()
  if (openRoutes) app.use(openRoutes)
  const receivers = createPageRouter()
  mountReceivers(receivers, { catalog, log })
  const [receiverRoutes] = receivers.middleware()
  if (receiverRoutes) app.use(receiverRoutes)
  use(refuseOtherMessages)

  app.use(sameOriginGate({ isSecure }))
  use(readForm())
  if (identify) {
    use(hostUser(identify))
  } else {
    app.use(webSessions({ app, database, isSecure }))
    use(sessionUser({ accounts, now }))
    const signIn = createPageRouter()
    registerSignInPages(signIn, pages)
    for (const step of signIn.middleware()) app.use(step)
    use(requireSignIn({ basePath }))
  }

  use(async (_ctx, next) => {
    await deps.refreshProviders?.({ maxAgeMs: providersAgeMs })
    await next()
  })

  const router = createPageRouter()
  registerHomePages(router, pages)
  registerQueuePages(router, pages)
  registerBulkPages(router, pages)
  registerSubjectPages(router, pages)
  registerJobActionPages(router, pages)
  registerSelectedJobs(router, pages)
  // Before the connection's own page, whose path fits theirs too.
  registerNewConnectionPages(router, pages)
  registerImpactPages(router, pages)
  registerConnectionPages(router, pages)
  registerSettingsPages(router, pages)
  registerAuthorizationPages(router, pages)
  registerTestPages(router, pages)
  registerFirstMappingPages(router, pages)
  registerMappingPages(router, pages)
  registerMovePages(router, pages)
  registerResumePages(router, pages)
  registerConnectionActionPages(router, pages)
  registerEnvironmentPages(router, pages)
  registerBackfillPages(router, pages)
  registerRunListPages(router, pages)
  registerRunPages(router, pages)
  registerBulkRunPages(router, pages)
  registerAuditPages(router, pages)
  registerProviderFormPages(router, pages)
  registerProviderImportPages(router, pages)
  registerProviderPages(router, pages)
  registerPluginPages(router, pages)
  mountPluginPages(router, pages)
  for (const step of router.middleware()) app.use(step)
  return app.callback()
}

function cookieKeys({ cookieKeys: keys, log }: AdminOptions['options']): string[] {
  // Derived, so that a key which also seals secrets signs nothing itself.
  if (keys.length > 0) return keys.map((key) => createHmac('sha256', key).update('cookies').digest('base64url'))
  log.warn({}, 'No key was given to sign cookies with: people are signed out when this process ends')
  return [randomBytes(32).toString('base64url')]
}
