// The keys that values are sealed with, each wrapped with a master key of the configuration. One is current; a rotation
// retires it, and settles the new one when nothing is sealed with another key any more.
export const dataKeys = {
  name: '20261122191000_data_keys',
  up: (schema: string): string => `
create table ${schema}.data_key (
  id text primary key,
  wrapped_key text not null,
  master_key_id text not null,
  state text not null check (state in ('current', 'retired')),
  created_at timestamptz not null default now(),
  retired_at timestamptz,
  settled_at timestamptz
);
create unique index data_key_current on ${schema}.data_key (state) where state = 'current';
`,
}
