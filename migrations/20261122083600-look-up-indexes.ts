// Found by the tests of the plans. A look-up by another column took this index for its first column, and read all links of
// a connection, while the statistics were of yesterday; and jobs of ended leases were looked for in the whole queue.
export const lookUpIndexes = {
  name: '20261122083600_look_up_indexes',
  up: (schema: string): string => `
drop index ${schema}.sync_link_subject;
create index sync_link_subject on ${schema}.sync_link (subject_model, subject_id, connection_id);
create index sync_job_in_flight on ${schema}.sync_job (fence) where state = 'in_flight';
-- The claim looks for due jobs of each priority by itself; one it does not know would wait for ever.
alter table ${schema}.sync_job add constraint sync_job_priority check (priority in (0, 10));
`,
}
