// Sync runs beside backfills: retry and cancel of many lines, and the completeness audit. A bulk run may be for all
// connections, and keeps which lines matched when it was asked for. An audit's missing records are sent by a backfill.
export const runModes = {
  name: '20261122083000_run_modes',
  up: (schema: string): string => `
alter table ${schema}.sync_run
  alter column connection_id drop not null,
  drop constraint sync_run_mode_check,
  add constraint sync_run_mode_check
    check (mode in ('full', 'incremental', 'backfill', 'retry', 'cancel', 'audit')),
  add constraint sync_run_connection_check check (connection_id is not null or mode in ('retry', 'cancel')),
  add column job_ids bigint[],
  add column audit_run_id uuid;
alter table ${schema}.run_entry add column scope text;
create index sync_run_audit on ${schema}.sync_run (connection_id, source_model, finished_at) where mode = 'audit';
create index sync_run_of_audit on ${schema}.sync_run (audit_run_id) where audit_run_id is not null;
`,
}
