// What was obtained with a connection's credentials (the token of a session, those of OAuth 2), and who is away at the
// remote to agree to it. A grant has columns of its own, so that renewing it is no change of the connection.
export const grants = {
  name: '20261122190000_grants',
  up: (schema: string): string => `
alter table ${schema}.connection
  add column sealed_grant text,
  add column grant_expires_at timestamptz,
  add column grant_revision integer not null default 0,
  add column account_name text;

create table ${schema}.oauth_flow (
  state_hash text primary key,
  connection_id uuid not null references ${schema}.connection on delete cascade,
  sealed_verifier text not null,
  redirect_uri text not null,
  user_id text not null,
  expires_at timestamptz not null
);
create index oauth_flow_connection on ${schema}.oauth_flow (connection_id);
`,
}
