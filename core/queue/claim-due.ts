// Claims work of one due connection: only in the scopes where its plugin is switched on, only with a share of the
// account's slots, and a single job where it is to probe a remote that had failed.
import type { Activation } from '../connections/activation.ts'
import { resolveActivation } from '../connections/resolve-activation.ts'
import type { Database } from '../database/transaction.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { Plugin } from '../sdk/plugin.ts'
import { canBeSubmitted } from '../sync/call-provider.ts'
import type { ShareOfSlots } from './account-slots.ts'
import type { Boss } from './boss.ts'
import { returnProbe, takeProbe } from './breaker.ts'
import { type ClaimRequest, claimJobs } from './claim.ts'
import type { ClaimedJob } from './claimed-job.ts'
import type { DueConnection } from './due-connections.ts'

export interface ClaimDueOptions {
  database: Database
  boss: Boss
  catalog: Pick<Catalog, 'provider'>
  activation: Pick<Activation, 'rows'>
  slots: Pick<ShareOfSlots, 'hasSlots'>
  worker: string
  leaseSeconds: number
}

export async function claimDue(
  options: ClaimDueOptions,
  due: DueConnection,
  { lane, limit }: Pick<ClaimRequest, 'lane' | 'limit'>,
): Promise<ClaimedJob[]> {
  if (!options.slots.hasSlots(due.accountKey)) return []
  const scopes = await activeScopes(due, lane === 'solo' ? due.soloScopes : due.scopes, options)
  if (scopes.length === 0) return []
  const { database, worker, leaseSeconds } = options
  const found = options.catalog.provider(due.provider, due.providerVersion)
  const canAnswerLater = found !== null && canBeSubmitted(found.provider)
  const request = { connectionId: due.id, worker, leaseSeconds, scopes, lane, canBeSubmitted: canAnswerLater }
  if (!due.isProbe) return claimJobs(options, { ...request, limit })
  if (!(await takeProbe(database, due.accountKey))) return []
  const probe = await claimJobs(options, { ...request, limit: 1 })
  if (probe.length === 0) await returnProbe(database, due.accountKey)
  return probe
}

async function activeScopes(
  due: DueConnection,
  scopes: readonly string[],
  { catalog, activation }: Pick<ClaimDueOptions, 'catalog' | 'activation'>,
): Promise<readonly string[]> {
  const plugin = catalog.provider(due.provider, due.providerVersion)?.plugin
  return plugin ? scopesWithPlugin(plugin, scopes, activation) : []
}

/** Work of a plugin that is switched off is held; the nearest switch on the path of the job's scope decides. */
export async function scopesWithPlugin(
  plugin: Plugin,
  scopes: readonly string[],
  activation: Pick<Activation, 'rows'>,
): Promise<readonly string[]> {
  if (plugin.level === 'instance') return scopes
  const rows = await activation.rows(plugin.name)
  return scopes.filter((scope) => resolveActivation({ level: plugin.level, scope, rows }))
}
