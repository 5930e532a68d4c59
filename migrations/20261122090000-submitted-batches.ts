// Batches that a remote answers later: what was submitted, until when an answer is expected, and what a job still waits
// for or has been answered. The batch_id of a job was never read: a job can wait for several batches.
export const submittedBatches = {
  name: '20261122090000_submitted_batches',
  up: (schema: string): string => `
alter table ${schema}.batch_request
  add column objects jsonb not null default '[]',
  add column expires_at timestamptz,
  add column failed_checks integer not null default 0;
create index batch_request_check on ${schema}.batch_request (connection_id, check_at)
  where state in ('sent_to_remote', 'ongoing');

alter table ${schema}.sync_job
  add column open_batches uuid[],
  add column answers jsonb,
  drop column batch_id;
`,
}
