// What keeps a whole account from being called, whichever of its connections asks: a rate limit, an open breaker, its own
// rate. A row exists once there was something to keep; its absence says that all is well.
export const accountGate = {
  name: '20261122081500_account_gate',
  up: (schema: string): string => `
create table ${schema}.account_gate (
  account_key text primary key,
  limited_until timestamptz,
  limited_reason text,
  limited_seconds double precision not null default 0,
  breaker_probe_at timestamptz,
  breaker_reason text,
  recovered_at timestamptz,
  alerted_percent smallint not null default 0,
  alerted_at timestamptz,
  rate_free_at timestamptz
);
`,
}
