// The overview: is everything all right, and if not, where. And the first steps for a host that has sent nothing yet.
import type { Activation } from '../connections/activation.ts'
import type { Database } from '../database/transaction.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { Audits } from '../runs/audits.ts'
import { newestAudits } from './audit-views.ts'
import { type ConnectionView, loadConnectionOverview } from './connections/connection-overview.ts'
import { showNothingToSee } from './nothing-to-see.ts'
import { userOf } from './page-context.ts'
import type { PageRouter } from './page-router.ts'
import type { ShowPage } from './show-page.ts'

interface Step {
  title: string
  text: string
  isDone: boolean
  link: { path: string; label: string } | null
}

export function registerHomePages(
  router: PageRouter,
  {
    database,
    catalog,
    activation,
    audits,
    show,
    now,
  }: { database: Database; catalog: Catalog; activation: Activation; audits: Audits; show: ShowPage; now: () => Date },
): void {
  router.get('/', async (ctx) => {
    if (await showNothingToSee(ctx, { database, show, title: 'Overview' })) return
    const user = userOf(ctx)
    const connections = await loadConnectionOverview({ database, catalog, activation, now: now() }, user)
    const brokenPlugins = user.can('view', '') ? catalog.plugins.filter(({ status }) => status !== 'ready') : []
    const steps = await firstSteps({ database, catalog }, connections)
    const ids = connections.map(({ id }) => id)
    const gaps = (await newestAudits({ audits, catalog }, ids)).filter(({ isGap }) => isGap)
    const missingCount = gaps.reduce((total, gap) => total + gap.missingCount, 0)
    show(ctx, {
      view: 'home/overview',
      title: 'Overview',
      data: {
        connections,
        gaps,
        health: healthSentence(connections, { brokenPluginCount: brokenPlugins.length, missingCount }),
        totals: totals(connections),
        brokenPlugins,
        openStepCount: steps.filter(({ isDone }) => !isDone).length,
        stepCount: steps.length,
      },
    })
  })

  router.get('/first-steps', async (ctx) => {
    if (await showNothingToSee(ctx, { database, show, title: 'First steps' })) return
    const connections = await loadConnectionOverview({ database, catalog, activation, now: now() }, userOf(ctx))
    const steps = await firstSteps({ database, catalog }, connections)
    show(ctx, { view: 'home/first-steps', title: 'First steps', data: { steps } })
  })
}

export function healthSentence(
  connections: readonly Pick<ConnectionView, 'words'>[],
  { brokenPluginCount, missingCount }: { brokenPluginCount: number; missingCount: number },
): { tone: 'good' | 'calm' | 'bad'; text: string } {
  const needing = connections.filter(({ words }) => words.needsYou).length
  const parts = [
    needing > 0 ? needingWords(needing, connections.length) : '',
    brokenPluginCount > 0
      ? `${brokenPluginCount} ${brokenPluginCount === 1 ? 'plugin is' : 'plugins are'} out of use`
      : '',
    missingCount > 0 ? `${missingCount} ${missingCount === 1 ? 'record has' : 'records have'} not arrived` : '',
  ].filter(Boolean)
  if (parts.length > 0)
    return { tone: 'bad', text: `${[parts.slice(0, -1).join(', '), parts.at(-1)].filter(Boolean).join(', and ')}.` }
  if (connections.length === 0) return { tone: 'calm', text: 'Nothing is connected yet.' }
  return { tone: 'good', text: 'Everything runs. Nothing needs you.' }
}

function needingWords(needing: number, all: number): string {
  if (all === 1) return 'The connection needs you'
  if (needing === all) return all === 2 ? 'Both connections need you' : `All ${all} connections need you`
  return `${needing} of ${all} connections ${needing === 1 ? 'needs' : 'need'} you`
}

function totals(connections: readonly ConnectionView[]) {
  const sum = (read: (counts: ConnectionView['counts']) => number): number =>
    connections.reduce((total, { counts }) => total + read(counts), 0)
  const oldest = connections.flatMap(({ counts }) => counts.oldestWaitingAt ?? [])
  return {
    waitingCount: sum((counts) => counts.waitingCount),
    retryingCount: sum((counts) => counts.retryingCount),
    heldCount: sum((counts) => counts.heldCount),
    sendingCount: sum((counts) => counts.inFlightCount + counts.submittedCount),
    attentionCount: sum((counts) => counts.attentionCount),
    isCapped: connections.some(({ counts }) => counts.isCapped),
    oldestWaitingAt: oldest.length > 0 ? new Date(Math.min(...oldest.map((at) => at.getTime()))) : null,
  }
}

async function firstSteps(
  { database, catalog }: { database: Database; catalog: Catalog },
  connections: readonly ConnectionView[],
): Promise<readonly Step[]> {
  const { schema } = database
  const { rows } = await database.executeSql<{ has_switched: boolean; has_sent: boolean }>(
    `select exists (select from ${schema}.plugin_activation where is_active) as has_switched,
            exists (select from ${schema}.sync_link) as has_sent`,
  )
  const providers = catalog.providers()
  const isAlwaysOn = providers.some(({ plugin }) => plugin.level === 'instance')
  const first = connections[0]
  return [
    {
      title: 'Load a plugin that sends somewhere',
      text:
        providers.length > 0
          ? `Loaded: ${[...new Set(providers.map(({ provider }) => provider.displayName || provider.identifier))].join(', ')}.`
          : 'Name it in the list of plugins of your program, then start the program again.',
      isDone: providers.length > 0,
      link: { path: '/plugins', label: 'See the plugins' },
    },
    {
      title: 'Connect an account',
      text:
        connections.length > 0
          ? `Connected: ${connections.map(({ name }) => name).join(', ')}.`
          : 'Your program creates the connection with its settings and its mapping; it then stands under Connections.',
      isDone: connections.length > 0,
      link: { path: '/connections', label: 'See the connections' },
    },
    {
      title: 'Switch the plugin on where it is to work',
      text: 'A plugin is switched on for a scope and everything below it. Changes made there from then on are sent.',
      isDone: (rows[0]?.has_switched ?? false) || isAlwaysOn,
      link: { path: '/plugins', label: 'Switch it on' },
    },
    {
      title: 'Send what is there already',
      text: 'A backfill counts first, sends ten as a trial, and stops there when something is wrong.',
      isDone: rows[0]?.has_sent ?? false,
      link: first ? { path: `/connections/${first.id}`, label: `Begin at ${first.name}` } : null,
    },
  ]
}
