// What somebody is changing of a connection's mapping and has not published yet, one draft a connection.
export const mappingDrafts = {
  name: '20261122220000_mapping_drafts',
  up: (schema: string): string => `
create table ${schema}.mapping_draft (
  connection_id uuid primary key references ${schema}.connection (id) on delete cascade,
  document jsonb not null,
  -- The version that was in force when the draft was begun; null when there was none.
  based_on integer,
  revision integer not null,
  author text not null,
  updated_at timestamptz not null default now()
);
`,
}
