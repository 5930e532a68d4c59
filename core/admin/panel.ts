// The panel for a host's own page: how one record stands in all its connections, with the buttons. HTML with prefixed
// classes and no script, or the same as JSON.

import type { Activation } from '../connections/activation.ts'
import type { Database } from '../database/transaction.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { Subject } from '../sdk/signals.ts'
import type { User } from '../sdk/user.ts'
import { readActionCode } from './action-notices.ts'
import { sameOriginPath } from './links.ts'
import type { Renderer } from './render.ts'
import type { SourceRecords } from './source-records.ts'
import { loadSubjectState } from './subject-state.ts'
import { subjectConnectionViews } from './subject-view.ts'

export interface PanelRequest {
  subject: Subject
  user: User
  /** The address of the host's page, with its query, for coming back to it. */
  returnTo: string
  /** @default 'html' */
  format?: 'html' | 'json'
}

export interface PanelOptions {
  database: Database
  catalog: Catalog
  activation: Activation
  records: SourceRecords
  renderer: Renderer
  now: () => Date
}

/** Empty (`''` or `null`) for a record that does not exist or that the person may not see. */
export async function renderPanel(options: PanelOptions, request: PanelRequest): Promise<string> {
  const { records, renderer } = options
  const { subject, user, format = 'html' } = request
  const record = await records.find(subject)
  const scope = record?.scope ?? (await knownScope(options.database, subject))
  if (scope === null || !user.can('view', scope)) return format === 'json' ? 'null' : ''
  const { notice, path } = readActionCode(sameOriginPath(request.returnTo) ?? '/')
  const state = await loadSubjectState(options, { subject, scope })
  const connections = await subjectConnectionViews(state, { ...options, subject, scope, user, now: options.now() })
  const label = record?.label ?? subject.id
  const modelLabel = records.modelLabel(subject.model)
  if (format === 'json') return JSON.stringify({ subject: { ...subject, label, modelLabel }, notice, connections })
  return renderer.render('panel/panel', { subject, label, modelLabel, notice, connections, returnTo: path }).toString()
}

/** Where a record belonged that the host no longer has. */
export async function knownScope(database: Database, { model, id }: Subject): Promise<string | null> {
  const { schema } = database
  const { rows } = await database.executeSql<{ scope: string }>(
    `(select scope from ${schema}.sync_job where source_model = $1 and source_id = $2 limit 1)
     union all
     (select a.scope from ${schema}.connection c
      cross join lateral (
        select scope from ${schema}.attempt
        where connection_id = c.id and source_model = $1 and source_id = $2 order by id desc limit 1
      ) a limit 1)`,
    [model, id],
  )
  return rows[0]?.scope ?? null
}
