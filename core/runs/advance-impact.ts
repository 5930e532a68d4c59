// One step of an impact: the host's records are read page by page, each page is previewed with the mapping that is judged,
// and what sending it would do is counted. Nothing is sent and nothing is written but the run. The affected records are
// kept as its entries. Somebody waits for the figures, so it rests less than an audit; live work has its share all the same.
import { setTimeout as delay } from 'node:timers/promises'
import { toStoredJson } from '../database/stored-json.ts'
import type { SubjectPreview } from '../sync/preview-subjects.ts'
import { type ImpactCheckpoint, impactCheckpointSchema } from './checkpoint.ts'
import type { ClaimedImpact } from './claim-runs.ts'
import { deleteReplacedEntries } from './delete-replaced-entries.ts'
import { expectedScopes } from './expected-scopes.ts'
import { namesIn } from './impact-causes.ts'
import { addPage, listedVerdicts } from './impact-figures.ts'
import { forgetMetObjects, loadMetObjects, writeMetObjects } from './impact-objects.ts'
import { type JudgedMapping, loadJudgedMapping } from './judged-mapping.ts'
import { countRecords, type Page, readPage } from './read-page.ts'
import type { RunDependencies } from './run-dependencies.ts'
import { tryHost } from './try-host.ts'
import { writeEntries } from './write-entries.ts'
import { endRun, holdRun, saveRun } from './write-run.ts'

/** A page is in memory with all its objects. */
const pageSize = 200
const maxRestMs = 100

export async function advanceImpact(deps: RunDependencies, claimed: ClaimedImpact, signal: AbortSignal): Promise<void> {
  const { database, worker } = deps
  const { schema } = database
  if (claimed.connectionState === 'deleted') {
    const reason = 'Stopped, because the connection was deleted.'
    await endRun(database, schema, { run: claimed, worker, to: 'stopped', reason })
    return
  }
  if (!claimed.isDue) return
  const judged = await loadJudgedMapping(database, schema, claimed.id)
  let run: ClaimedImpact | null =
    claimed.state === 'waiting' ? await begin(deps, { run: claimed, judged, signal }) : claimed
  const names = namesIn(judged.document)
  while (run && !run.checkpoint.isAtEnd) {
    if (signal.aborted) return
    const startedAt = performance.now()
    run = await doPage(deps, { run, judged, names, signal })
    const restMs = Math.min(maxRestMs, (performance.now() - startedAt) / 4)
    if (run && !run.checkpoint.isAtEnd) await delay(restMs, undefined, { signal }).catch(() => undefined)
  }
  if (!run) return
  await endRun(database, schema, { run, worker, to: 'finished', reason: null })
  await forgetMetObjects(database, schema, run.connectionId)
}

interface Step {
  run: ClaimedImpact
  judged: JudgedMapping
  signal: AbortSignal
}

// Null when the host failed or the run is not ours any more. So in the next one.
async function begin(deps: RunDependencies, { run, judged, signal }: Step): Promise<ClaimedImpact | null> {
  const { database, worker } = deps
  const { schema } = database
  const toPass: number[] = []
  let totalCount = 0
  for (const sourceModel of judged.models) {
    const { filter, scope } = run
    const recordCount = await tryHost(deps, { ...run, sourceModel }, signal, (model) =>
      countRecords({ model, filter, scope, signal }),
    )
    if (recordCount === null) return null
    const wantedCount = Math.min(recordCount, judged.newestCount ?? recordCount)
    // The oldest come first.
    toPass.push(recordCount - wantedCount)
    totalCount += wantedCount
  }
  await deleteReplacedEntries(database, schema, run)
  const checkpoint: ImpactCheckpoint = { ...run.checkpoint, toPass, failedTries: 0, retryAt: null }
  const isSaved = await saveRun(database, schema, { run, worker, to: 'running', checkpoint, totalCount })
  return isSaved ? { ...run, state: 'running', checkpoint } : null
}

async function doPage(
  deps: RunDependencies,
  { run, judged, names, signal }: Step & { names: ReadonlySet<string> },
): Promise<ClaimedImpact | null> {
  const { database, worker } = deps
  const { schema } = database
  const { connectionId, filter, scope, checkpoint: before } = run
  const sourceModel = judged.models[before.modelIndex] ?? ''
  const reading = { ...run, sourceModel }
  const page = await tryHost(deps, reading, signal, (model) =>
    readPage({ model, after: before.cursor, filter, scope, limit: pageSize, signal }),
  )
  if (!page) return null
  const passedCount = Math.min(before.toPass[before.modelIndex] ?? 0, page.records.length)
  const wanted = page.records.slice(passedCount)
  const isExpected = await expectedScopes(deps, connectionId)
  const expected = wanted.filter((record) => isExpected(record.scope))
  const previews = await tryHost(
    deps,
    reading,
    signal,
    async () => {
      if (expected.length === 0) return []
      const subjects = expected.map(({ id }) => ({ model: sourceModel, id }))
      return deps.previewSubjects({ connectionId, document: judged.document, subjects, signal })
    },
    'previewed',
  )
  if (!previews) return null
  const pluginOffCount = wanted.length - expected.length
  const met = await loadMetObjects(database, schema, { runId: run.id, previews })
  const counted = addPage(before.figures, { previews, pluginOffCount, names, met })
  const checkpoint = storable({
    ...moveOn(before, { page, passedCount, modelCount: judged.models.length }),
    figures: counted.figures,
  })
  const isSaved = await database.transaction(async (session) => {
    if (!(await holdRun(session, schema, { run, worker }))) return false
    await writeEntries(session, schema, {
      runId: run.id,
      model: sourceModel,
      entries: previews.filter(isListed).map((one) => ({
        id: one.subject.id,
        outcome: one.verdict,
        message: one.reason,
      })),
      scopeById: new Map(expected.map((record) => [record.id, record.scope])),
    })
    await writeMetObjects(session, schema, { runId: run.id, met: counted.met })
    return saveRun(session, schema, { run, worker, to: 'running', checkpoint })
  })
  return isSaved ? { ...run, state: 'running', checkpoint } : null
}

function isListed({ verdict }: SubjectPreview): boolean {
  return listedVerdicts.some((listed) => listed === verdict)
}

// After the last page of a model the next one begins.
function moveOn(
  before: ImpactCheckpoint,
  { page, passedCount, modelCount }: { page: Page; passedCount: number; modelCount: number },
): ImpactCheckpoint {
  const isModelDone = page.next === null
  const modelIndex = before.modelIndex + (isModelDone ? 1 : 0)
  return {
    ...before,
    cursor: page.next,
    modelIndex,
    toPass: before.toPass.map((count, index) => (index === before.modelIndex ? count - passedCount : count)),
    isAtEnd: modelIndex >= modelCount,
    failedTries: 0,
    retryAt: null,
  }
}

// What the host calls its records stands in it. As it is read back, because the next page compares the two.
function storable(checkpoint: ImpactCheckpoint): ImpactCheckpoint {
  return impactCheckpointSchema.parse(JSON.parse(toStoredJson(checkpoint)))
}
