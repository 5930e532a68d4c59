// The affected records of earlier impacts of a connection, which a newer count replaces. Those that a person keeps for later
// stay, and those that a backfill is just sending.
import type { SqlSession } from '../database/transaction.ts'

export async function deleteReplacedEntries(
  session: SqlSession,
  schema: string,
  { id, connectionId }: { id: string; connectionId: string },
): Promise<void> {
  await session.executeSql(
    `delete from ${schema}.run_entry where run_id in (
       select run.id from ${schema}.sync_run run join ${schema}.impact on impact.run_id = run.id
       where run.connection_id = $2 and run.mode = 'impact' and run.id <> $1
         and run.state in ('finished', 'stopped', 'failed') and impact.resync is distinct from 'later'
         and not exists (
           select from ${schema}.sync_run sender
           where sender.impact_run_id = run.id and sender.state not in ('finished', 'stopped')))`,
    [id, connectionId],
  )
}
