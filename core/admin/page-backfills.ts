// What the pages ask of backfills. A move that came too late is an answer here and not an error.
import type { RunReport } from '../sdk/plugin.ts'
import type { SourceFilter } from '../sdk/source-model.ts'

export interface PageBackfills {
  count(request: { connectionId: string; sourceModel: string; scope: string; filter: SourceFilter }): Promise<number>
  start(request: {
    connectionId: string
    sourceModel: string
    scope: string
    filter?: SourceFilter
    actor: string
  }): Promise<{ runId: string }>
  pause(runId: string, actor: string): Promise<'done' | 'not_possible'>
  resume(runId: string, actor: string): Promise<'done' | 'not_possible'>
  stop(runId: string, actor: string): Promise<'done' | 'not_possible'>
  report(runId: string): Promise<RunReport | null>
}
