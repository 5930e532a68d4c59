// Writes what a remote answered late, in one transaction: the ledger, the batch, and its jobs. A job whose objects were
// all taken goes on at once with the rest of its objects; one with an error ends as if the call itself had failed. What
// was written before is not written again: the batch holds only what awaits an answer.
import { toStoredJson } from '../database/stored-json.ts'
import { type Database, type SqlSession, together } from '../database/transaction.ts'
import type { SyncObjectResult } from '../sdk/sync-object.ts'
import { batchHolder } from '../sync/leases.ts'
import { linkKey } from '../sync/ledger.ts'
import { type ObjectReport, offeredReport } from '../sync/object-report.ts'
import { withAnswer } from '../sync/submitted-object.ts'
import { writeSentObjects } from '../sync/write-ledger.ts'
import type { Boss } from './boss.ts'
import { subjectLeaseKey } from './claimed-job.ts'
import { checkLeaseKey } from './due-batches.ts'
import { type HeldObject, submittedHolder } from './hold-submitted.ts'
import { isDone, needsAttention, type Outcome } from './outcome.ts'
import { delayOf, type JobEnd, recordEnds } from './record-ends.ts'
import { type SubmittedJob, takeSubmittedJobs } from './submitted-jobs.ts'
import { wakeWaiting } from './wake-waiting.ts'

/** What came of an object: the remote's result, or why its job ends. */
export type LateResult = { result: SyncObjectResult } | { outcomeOf(job: SubmittedJob): Outcome; error?: unknown }

export interface RecordAnswersRequest {
  localBatchId: string
  worker: string
  /** Null: nothing is known of this object yet. */
  resultOf(object: HeldObject): LateResult | null
  /** Of the batch once nothing of it awaits an answer. */
  endState: 'done' | 'fail'
  message: string | null
  /** `revision`: of the connection when its credentials were read. */
  facts: Pick<JobEnd, 'mappingVersion' | 'accountKey' | 'secrets' | 'connection'> & { revision: string }
  durationMs: number
}

/** The jobs that ended; none when the batch was settled by another one. */
export async function recordAnswers(
  { database, boss }: { database: Database; boss: Boss },
  request: RecordAnswersRequest,
): Promise<JobEnd[]> {
  const { schema } = database
  return database.transaction(async (session) => {
    const objects = await lockBatch(session, schema, request.localBatchId)
    if (!objects) return []
    const settled = objects.flatMap((object) => {
      const late = request.resultOf(object)
      return late ? [{ object, late }] : []
    })
    const jobs = await takeSubmittedJobs(
      session,
      schema,
      settled.map(({ object }) => object.jobId),
    )
    const taken = settled.flatMap(({ object, late }) => ('result' in late ? [{ object, result: late.result }] : []))
    const ends = jobs.flatMap((job) => endOf(job, settled, request))
    const goneOn = await noteAnswers(session, schema, { taken, ends, localBatchId: request.localBatchId })
    const sent = taken.map(({ object, result }) => ({ object: withAnswer(object, result) }))
    await writeSentObjects(
      session,
      schema,
      sent.map(({ object }) => object),
    )
    await recordEnds(session, schema, { ends, worker: request.worker })
    await wakeWaiting({ database, boss }, session, sent)
    const due = [...goneOn.map((job) => ({ job, delayMs: 0 })), ...ends.filter(isWaiting).map(dueOf)]
    for (const [connectionId, list] of Map.groupBy(due, ({ job }) => job.connectionId)) {
      await boss.insertTickets(
        session,
        connectionId,
        list.map(({ delayMs }) => delayMs),
      )
    }
    await together([
      closeBatch(session, schema, request, settled),
      session.executeSql(`delete from ${schema}.lease where key = any($1::text[]) and worker = $2`, [
        settled.flatMap(({ object }) => object.leaseKeys),
        batchHolder(request.localBatchId),
      ]),
      session.executeSql(`delete from ${schema}.lease where key = any($1::text[]) and worker = $2`, [
        [...goneOn, ...ends.map((end) => end.job)].map(subjectLeaseKey),
        submittedHolder,
      ]),
      session.executeSql(`delete from ${schema}.lease where key = $1 and worker = $2`, [
        checkLeaseKey(request.localBatchId),
        request.worker,
      ]),
    ])
    return ends
  })
}

type Settled = { object: HeldObject; late: LateResult }
type JobName = Parameters<typeof subjectLeaseKey>[0]

/** What awaits an answer; null when nothing does any more. */
async function lockBatch(session: SqlSession, schema: string, localBatchId: string): Promise<HeldObject[] | null> {
  const { rows } = await session.executeSql<{ objects: HeldObject[] }>(
    `select objects from ${schema}.batch_request
     where local_batch_id = $1 and state in ('sent_to_remote', 'ongoing') for update`,
    [localBatchId],
  )
  return rows[0]?.objects ?? null
}

// The first error of a job ends it; what was answered well of it is in the ledger all the same.
function endOf(job: SubmittedJob, settled: readonly Settled[], request: RecordAnswersRequest): JobEnd[] {
  const own = settled.filter(({ object }) => object.jobId === job.id)
  const [failed] = own.flatMap(({ object, late }) => ('outcomeOf' in late ? [{ object, late }] : []))
  if (!failed) return []
  return [
    {
      job,
      label: failed.object.label,
      outcome: failed.late.outcomeOf(job),
      objects: own.map(({ object, late }) => reportOf(object, late, job)),
      mustFinalize: true,
      isProbe: false,
      durationMs: request.durationMs,
      ...request.facts,
      error: failed.late.error,
    },
  ]
}

function reportOf({ offered }: HeldObject, late: LateResult, job: SubmittedJob): ObjectReport {
  if ('result' in late) return offeredReport(offered, { result: late.result })
  const outcome = late.outcomeOf(job)
  return offeredReport(offered, { message: 'message' in outcome ? outcome.message : outcome.kind })
}

/** Keeps the answers with their jobs. Returns the jobs that go on: nothing else of them is awaited. */
async function noteAnswers(
  session: SqlSession,
  schema: string,
  {
    taken,
    ends,
    localBatchId,
  }: {
    taken: readonly { object: HeldObject; result: SyncObjectResult }[]
    ends: readonly JobEnd[]
    localBatchId: string
  },
): Promise<JobName[]> {
  const ended = new Set(ends.map((end) => end.job.id))
  const rows = [...Map.groupBy(taken, ({ object }) => object.jobId)].map(([id, list]) => ({
    id,
    answers: Object.fromEntries(list.map(({ object, result }) => [linkKey(object.offered), result])),
    may_go_on: !ended.has(id),
  }))
  if (rows.length === 0) return []
  const { rows: noted } = await session.executeSql<{
    connection_id: string
    source_model: string
    source_id: string
    stream: string
    state: string
    went_on: boolean
  }>(
    // A job that a worker has in hand by now meets the ledger instead.
    `update ${schema}.sync_job j set
       answers = coalesce(j.answers, '{}') || given.answers,
       open_batches = array_remove(j.open_batches, $3::uuid),
       state = case when next.goes_on then 'waiting' else j.state end,
       not_before = case when next.goes_on then now() else j.not_before end,
       message = case when next.goes_on then null else j.message end,
       check_at = (select min(check_at) from ${schema}.batch_request
                   where local_batch_id = any (array_remove(j.open_batches, $3::uuid))),
       ticketed_at = case when next.goes_on then now() else j.ticketed_at end
     from json_to_recordset($1::json) as given (id bigint, answers jsonb, may_go_on boolean)
     cross join lateral (
       select given.may_go_on and s.state = 'submitted' and s.open_batches <@ array[$3::uuid] as goes_on
       from ${schema}.sync_job s where s.id = given.id) next
     where j.id = any ($2::bigint[]) and j.id = given.id and j.state <> 'in_flight'
     returning j.connection_id, j.source_model, j.source_id, j.stream, j.state, next.goes_on as went_on`,
    [toStoredJson(rows), rows.map((row) => row.id), localBatchId],
  )
  return noted
    .filter((row) => row.went_on)
    .map((row) => ({
      connectionId: row.connection_id,
      sourceModel: row.source_model,
      sourceId: row.source_id,
      stream: row.stream,
    }))
}

function isWaiting({ outcome }: JobEnd): boolean {
  return !isDone(outcome) && !needsAttention(outcome)
}

function dueOf({ job, outcome }: JobEnd): { job: JobName; delayMs: number } {
  return { job, delayMs: delayOf(outcome) }
}

// What joined the batch while it was asked is asked for at once.
async function closeBatch(
  session: SqlSession,
  schema: string,
  request: RecordAnswersRequest,
  settled: readonly Settled[],
): Promise<void> {
  await session.executeSql(
    `with left_over as (
       select coalesce(jsonb_agg(object), '[]') as objects
       from ${schema}.batch_request b cross join jsonb_array_elements(b.objects) as object
       where b.local_batch_id = $1 and (object ->> 'position')::integer <> all ($2::integer[])
     )
     update ${schema}.batch_request b set
       objects = left_over.objects, failed_checks = 0, message = $4, updated_at = now(),
       state = case when left_over.objects = '[]' then $3 else 'ongoing' end,
       check_at = case when left_over.objects = '[]' then null else now() end
     from left_over where b.local_batch_id = $1`,
    [request.localBatchId, settled.map(({ object }) => object.position), request.endState, request.message],
  )
}
