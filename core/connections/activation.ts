// Which plugin is switched on in which scope. Switching one off deletes nothing: its queued work is held at the claim and
// goes on when it is switched on again. What the rows mean: resolve-activation.ts.
import type { Database, SqlSession } from '../database/transaction.ts'
import { writeAuditEntry } from '../database/write-audit-entry.ts'
import { OutboundSyncError } from '../errors.ts'
import { didYouMean } from '../sdk/near-name.ts'
import type { Plugin } from '../sdk/plugin.ts'
import { isScope } from '../sdk/scope-path.ts'
import {
  type ActivationRow,
  aboveEvents,
  isEventScope,
  resolveActivation,
  scopeAncestors,
} from './resolve-activation.ts'

export interface Activation {
  /** True for a usable plugin whose level leaves nothing to switch. */
  isAlwaysOn(plugin: string): boolean
  /** False for a plugin that is not usable. */
  isActive(options: { plugin: string; scope: string }): Promise<boolean>
  setActive(options: { plugin: string; scope: string; isActive: boolean; actor: string }): Promise<void>
  /** Every row of the plugin, for resolveActivation over many scopes and for its page. */
  rows(plugin: string): Promise<StoredActivation[]>
  /** What is switched on in a scope, read by one statement in the caller's transaction. */
  load(session: SqlSession, scope: string): Promise<(plugin: string) => boolean>
}

export interface StoredActivation extends ActivationRow {
  changedBy: string
  changedAt: Date
}

export function createActivation({
  database,
  plugins,
}: {
  database: Database
  /** The usable ones. */
  plugins: () => readonly Pick<Plugin, 'name' | 'level'>[]
}): Activation {
  const { schema } = database
  const findPlugin = (name: string) => plugins().find((plugin) => plugin.name === name)

  async function load(session: SqlSession, scope: string): Promise<(plugin: string) => boolean> {
    // Often through the data layer of a host, which may rename a column of two words: its plugin would look switched off.
    const { rows } = await session.executeSql<{ plugin: string; scope: string; active: boolean }>(
      `select plugin, scope, is_active as active from ${schema}.plugin_activation where scope = any($1::text[])`,
      [scopeAncestors(scope)],
    )
    const rowsByPlugin = Map.groupBy(rows, (row) => row.plugin)
    return (name) => {
      const plugin = findPlugin(name)
      if (!plugin) return false
      const own = rowsByPlugin.get(name) ?? []
      return resolveActivation({
        level: plugin.level,
        scope,
        rows: own.map((row) => ({ scope: row.scope, isActive: row.active })),
      })
    }
  }

  return Object.freeze({
    isAlwaysOn: (plugin) => findPlugin(plugin)?.level === 'instance',
    load,

    async isActive({ plugin, scope }) {
      const isActive = await load(database, scope)
      return isActive(plugin)
    },

    async setActive({ plugin: name, scope, isActive, actor }) {
      const plugin = findPlugin(name)
      const action = `switch ${isActive ? 'on' : 'off'}`
      if (!plugin) {
        const names = plugins().map((one) => one.name)
        throw refused(`Cannot ${action} the plugin "${name}": it is not loaded.${didYouMean(name, names)}`)
      }
      const problem = scopeProblem(plugin, scope)
      if (problem) throw refused(`Cannot ${action} the plugin "${name}" in "${scope}": ${problem}`)

      await database.transaction(async (session) => {
        // Without a row there is nothing to lock, and two first switches would both record "there was none before".
        await session.executeSql('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${name} ${scope}`])
        const { rows } = await session.executeSql<{ is_active: boolean }>(
          `select is_active from ${schema}.plugin_activation where plugin = $1 and scope = $2`,
          [name, scope],
        )
        const before = rows[0]?.is_active ?? null
        if (before === isActive) return
        await session.executeSql(
          `insert into ${schema}.plugin_activation (plugin, scope, is_active, changed_by) values ($1, $2, $3, $4)
           on conflict (plugin, scope) do update
           set is_active = excluded.is_active, changed_by = excluded.changed_by, changed_at = now()`,
          [name, scope, isActive, actor],
        )
        await writeAuditEntry(session, schema, {
          actor,
          action: isActive ? 'plugin.switched_on' : 'plugin.switched_off',
          scope,
          target: `plugin:${name}`,
          before: { isActive: before },
          after: { isActive },
        })
      })
    },

    async rows(plugin) {
      const { rows } = await database.executeSql<{
        scope: string
        is_active: boolean
        changed_by: string
        changed_at: Date
      }>(
        `select scope, is_active, changed_by, changed_at from ${schema}.plugin_activation where plugin = $1 order by scope`,
        [plugin],
      )
      return rows.map((row) => ({
        scope: row.scope,
        isActive: row.is_active,
        changedBy: row.changed_by,
        changedAt: row.changed_at,
      }))
    },
  } satisfies Activation)
}

// A row that resolveActivation would never look at must not be stored: the page would show a switch without an effect.
function scopeProblem({ level }: Pick<Plugin, 'level'>, scope: string): string | null {
  if (!isScope(scope)) {
    return 'a scope has no empty part and no space at the edge of one; it looks like tenant:acme or tenant:acme/store:berlin.'
  }
  if (level === 'instance') return 'a plugin of the level "instance" is always on.'
  if (level === 'organizer' && isEventScope(scope)) {
    return `it is switched for a whole, which everything below inherits. Switch it for ${JSON.stringify(aboveEvents(scope))}.`
  }
  return null
}

function refused(message: string): OutboundSyncError {
  return new OutboundSyncError('activation_refused', message)
}
