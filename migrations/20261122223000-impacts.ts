// The impact of a mapping before it is published: a run that judges every record with a draft, keeps that draft, and is told
// what is to become of the affected records afterwards. They are sent by backfills.
export const impacts = {
  name: '20261122223000_impacts',
  up: (schema: string): string => `
alter table ${schema}.sync_run
  drop constraint sync_run_mode_check,
  add constraint sync_run_mode_check
    check (mode in ('full', 'incremental', 'backfill', 'retry', 'cancel', 'audit', 'impact')),
  add column impact_run_id uuid;
create index sync_run_of_impact on ${schema}.sync_run (impact_run_id) where impact_run_id is not null;
create index sync_run_impact on ${schema}.sync_run (connection_id, created_at) where mode = 'impact';
create table ${schema}.impact (
  run_id uuid primary key references ${schema}.sync_run (id) on delete cascade,
  -- Of the draft that is judged; null when it is the mapping in force.
  draft_revision integer,
  document jsonb not null,
  -- The kinds of records, in the order in which they are read.
  models text[] not null,
  -- Only so many of the newest of each kind; null for all.
  newest_count integer check (newest_count > 0),
  -- What a person has decided about the affected records; null while nobody has.
  resync text check (resync in ('now', 'later', 'never')),
  resync_actor text,
  resync_at timestamptz
);
-- While the run counts: which objects it has met that would be created or updated, so that one which many records feed is
-- counted once. Both are digests.
create table ${schema}.impact_object (
  run_id uuid not null references ${schema}.sync_run (id) on delete cascade,
  identity text not null,
  content text not null,
  primary key (run_id, identity)
);
`,
}
