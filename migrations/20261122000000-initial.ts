// The tables that all provider kinds stand on. What each is for: core/records. Times are timestamptz, set by the
// database's clock; texts that people type are unbounded and capped where they are parsed.
export const initial = {
  name: '20261122000000_initial',
  up: (schema: string): string => `
create table ${schema}.connection (
  id uuid primary key,
  provider text not null,
  provider_version text not null,
  scope text not null,
  name text not null,
  settings jsonb not null default '{}',
  credentials jsonb not null default '{}',
  account_key text not null,
  epoch integer not null default 1,
  state text not null default 'active' check (state in ('active', 'disabled', 'deleted')),
  gate text not null default 'open' check (gate in ('open', 'paused', 'reconnect', 'limited', 'breaker')),
  gate_until timestamptz,
  gate_reason text,
  last_success_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create unique index connection_name on ${schema}.connection (provider, scope, name) where state <> 'deleted';
create index connection_scope on ${schema}.connection (scope, provider) where state = 'active';

create table ${schema}.provider_definition (
  identifier text not null,
  version text not null,
  kind text not null check (kind in ('remote_app', 'connector', 'no_code')),
  definition jsonb not null,
  state text not null default 'draft' check (state in ('draft', 'active', 'deprecated', 'retired')),
  created_at timestamptz not null default now(),
  primary key (identifier, version)
);

create table ${schema}.environment_variable (
  provider text not null,
  provider_version text not null,
  environment text not null,
  name text not null,
  value text,
  sealed_value text,
  primary key (provider, provider_version, environment, name),
  check ((value is null) <> (sealed_value is null))
);

create table ${schema}.mapping_version (
  id bigint generated always as identity primary key,
  connection_id uuid not null references ${schema}.connection (id) on delete cascade,
  version integer not null,
  document jsonb not null,
  author text not null,
  published_at timestamptz,
  created_at timestamptz not null default now(),
  unique (connection_id, version)
);

create table ${schema}.plugin_activation (
  plugin text not null,
  scope text not null,
  is_active boolean not null,
  changed_by text not null,
  changed_at timestamptz not null default now(),
  primary key (plugin, scope)
);

-- Jobs and ledger have no foreign keys: a check for every row written is a tenth of what a sync costs, and each locks the
-- connection's row. Connections are marked as deleted; whoever deletes rows for good deletes what belongs to them too.
create table ${schema}.sync_job (
  id bigint generated always as identity primary key,
  connection_id uuid not null,
  scope text not null,
  source_model text not null,
  source_id text not null,
  stream text not null default '',
  operation text not null default 'sync' check (operation in ('sync', 'delete')),
  state text not null default 'waiting' check (state in ('waiting', 'in_flight', 'submitted', 'needs_attention')),
  reason text check (reason in ('exceeded', 'permanent', 'config', 'internal', 'timeout')),
  message text,
  not_before timestamptz not null default now(),
  check_at timestamptz,
  waiting_for jsonb,
  failed_attempts integer not null default 0,
  crash_count integer not null default 0,
  first_failed_at timestamptz,
  expires_at timestamptz,
  triggers jsonb not null default '[]',
  changes jsonb not null default '[]',
  source_version bigint,
  priority smallint not null default 10,
  force boolean not null default false,
  must_finalize boolean not null default false,
  batch_id bigint,
  mapping_version integer,
  worker text,
  lease_until timestamptz,
  fence bigint,
  ticketed_at timestamptz not null default now(),
  trace_id text,
  created_at timestamptz not null default now()
);
create index sync_job_due on ${schema}.sync_job (connection_id, scope, priority desc, not_before, id) where state = 'waiting';
create index sync_job_subject on ${schema}.sync_job (source_model, source_id, connection_id, stream);
create index sync_job_attention on ${schema}.sync_job (connection_id, id) where state = 'needs_attention';
create index sync_job_submitted on ${schema}.sync_job (check_at) where state = 'submitted';
create index sync_job_waiting_for on ${schema}.sync_job (connection_id, (waiting_for ->> 'model'), (waiting_for ->> 'id')) where waiting_for is not null;
create index sync_job_unticketed on ${schema}.sync_job (ticketed_at) where state = 'waiting';

create sequence ${schema}.fence;
create table ${schema}.lease (
  key text primary key,
  worker text not null,
  until timestamptz not null,
  fence bigint not null
);
create index lease_worker on ${schema}.lease (worker);

create table ${schema}.external_object (
  id bigint generated always as identity primary key,
  connection_id uuid not null,
  object_type text not null,
  id_field text not null,
  id_value text not null,
  remote_id text,
  customs jsonb,
  sent_values jsonb not null default '{}',
  version_date timestamptz,
  state text not null default 'present' check (state in ('present', 'deleted', 'orphaned', 'erased')),
  href text,
  display_name text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (connection_id, object_type, id_field, id_value)
);

create table ${schema}.sync_link (
  id bigint generated always as identity primary key,
  connection_id uuid not null,
  source_model text not null,
  source_id text not null,
  stream text not null default '',
  mapping_key text not null,
  subject_model text not null,
  subject_id text not null,
  external_object_id bigint not null,
  sent_hash text not null,
  sent_epoch integer not null,
  sent_at timestamptz not null default now(),
  last_seen_run uuid,
  unique (connection_id, source_model, source_id, stream, mapping_key)
);
create index sync_link_subject on ${schema}.sync_link (connection_id, subject_model, subject_id);
create index sync_link_object on ${schema}.sync_link (external_object_id);

create table ${schema}.attempt (
  id bigint primary key,
  job_id bigint not null,
  connection_id uuid not null,
  scope text not null,
  source_model text not null,
  source_id text not null,
  source_label text not null,
  stream text not null,
  outcome text not null,
  message text,
  triggers jsonb not null,
  failed_attempts integer not null,
  next_try_at timestamptz,
  mapping_version integer,
  worker text not null,
  run_id uuid,
  trace_id text,
  duration_ms integer not null,
  finished_at timestamptz not null default now()
);
create index attempt_subject on ${schema}.attempt (connection_id, source_model, source_id, id);
create index attempt_connection on ${schema}.attempt (connection_id, id);

create table ${schema}.attempt_object (
  id bigint generated always as identity primary key,
  attempt_id bigint not null,
  mapping_key text not null,
  source_model text not null,
  source_id text not null,
  object_type text not null,
  id_field text not null,
  id_value text,
  action text not null,
  remote_id text,
  sent jsonb,
  answered jsonb,
  message text,
  href text,
  display_name text
);
create index attempt_object_attempt on ${schema}.attempt_object (attempt_id);

create table ${schema}.sync_run (
  id uuid primary key,
  connection_id uuid not null references ${schema}.connection (id) on delete cascade,
  mode text not null check (mode in ('full', 'incremental', 'backfill')),
  source_model text not null,
  scope text not null,
  filter jsonb not null default '{}',
  phase text not null default '',
  state text not null check (state in ('waiting', 'canary', 'running', 'paused', 'stopped', 'finished', 'failed')),
  checkpoint jsonb,
  total_count integer not null default 0,
  enqueued_count integer not null default 0,
  reason text,
  actor text not null,
  worker text,
  lease_until timestamptz,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz
);
create index sync_run_connection on ${schema}.sync_run (connection_id, created_at);
create index sync_run_active on ${schema}.sync_run (state) where state in ('waiting', 'canary', 'running');

create table ${schema}.run_entry (
  run_id uuid not null references ${schema}.sync_run (id) on delete cascade,
  source_model text not null,
  source_id text not null,
  stream text not null default '',
  phase text not null default '',
  operation text not null default 'sync',
  outcome text not null,
  message text,
  created_count integer not null default 0,
  updated_count integer not null default 0,
  nothing_to_do_count integer not null default 0,
  skipped_count integer not null default 0,
  failed_count integer not null default 0,
  at timestamptz not null default now(),
  primary key (run_id, source_model, source_id, stream, phase)
);

create table ${schema}.batch_request (
  id bigint generated always as identity primary key,
  connection_id uuid not null references ${schema}.connection (id) on delete cascade,
  stream text not null,
  local_batch_id uuid not null unique,
  remote_batch_id text,
  state text not null check (state in ('initialized', 'commit', 'sent_to_remote', 'ongoing', 'done', 'fail')),
  check_at timestamptz,
  message text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index batch_request_commit on ${schema}.batch_request (connection_id, stream) where state = 'commit';

create table ${schema}.source_change (
  id bigint generated always as identity primary key,
  transaction_id xid8 not null default pg_current_xact_id(),
  scope text not null,
  source_model text not null,
  source_id text not null,
  stream text not null default '',
  kind text not null check (kind in ('inserted', 'updated', 'deleted')),
  at timestamptz not null default now()
);
create index source_change_watermark on ${schema}.source_change (source_model, id);

create table ${schema}.inbound_record (
  id bigint generated always as identity primary key,
  connection_id uuid not null references ${schema}.connection (id) on delete cascade,
  kind text not null,
  remote_id text not null,
  dedupe_key text not null,
  payload jsonb not null,
  state text not null default 'received' check (state in ('received', 'handled', 'dropped')),
  received_at timestamptz not null default now(),
  unique (connection_id, kind, dedupe_key)
);
create index inbound_record_remote on ${schema}.inbound_record (connection_id, kind, remote_id);

create table ${schema}.audit_entry (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  scope text not null,
  target text not null,
  before jsonb,
  after jsonb
);

create table ${schema}.user_account (
  id uuid primary key,
  email text not null unique,
  name text not null,
  password_hash text not null,
  role text not null check (role in ('viewer', 'operator', 'administrator')),
  disabled_at timestamptz,
  created_at timestamptz not null default now()
);

create table ${schema}.web_session (
  id text primary key,
  data jsonb not null,
  expires_at timestamptz not null
);
create index web_session_expires on ${schema}.web_session (expires_at);

create table ${schema}.sign_in_attempt (
  account text primary key,
  failed_count integer not null,
  blocked_until timestamptz not null
);
`,
}
