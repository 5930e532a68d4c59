// A job that was begun by a worker that died is sent alone, until it has ended once (core/queue/sweep.ts).
export const soloLane = {
  name: '20261122080000_solo_lane',
  up: (schema: string): string => `
alter table ${schema}.sync_job add column solo boolean not null default false;
alter table ${schema}.sync_job add column returned_at timestamptz;
create index sync_job_solo on ${schema}.sync_job (connection_id, scope, priority desc, not_before, id)
  where solo and state = 'waiting';
`,
}
