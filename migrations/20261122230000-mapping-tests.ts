// Records of the host with what the mappings of a connection are to make of them.
export const mappingTests = {
  name: '20261122230000_mapping_tests',
  up: (schema: string): string => `
create table ${schema}.mapping_test (
  id uuid primary key,
  connection_id uuid not null references ${schema}.connection (id) on delete cascade,
  name text not null,
  -- What the fields of the record gave when the test was made.
  record jsonb not null,
  is_masked boolean not null,
  author text not null,
  created_at timestamptz not null default now(),
  -- Null until somebody has said what is right.
  expectation jsonb,
  accepted_by text,
  accepted_at timestamptz,
  -- The versions that it was last seen green with.
  green_provider_version text,
  green_plugin_version text,
  unique (connection_id, name)
);
`,
}
