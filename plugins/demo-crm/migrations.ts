// The Demo CRM's own tables, in a schema of their own: to the product it is a remote system like any other.
export const demoCrmMigrations = [
  {
    name: '20260105090000_demo_crm',
    up: `
      create schema if not exists demo_crm;

      create table demo_crm.object (
        id bigint generated always as identity primary key,
        type text not null,
        id_field text not null,
        id_value text not null,
        properties jsonb not null,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        unique (type, id_field, id_value)
      );
      create index object_by_id on demo_crm.object (type, id);
      create index object_by_change on demo_crm.object (type, updated_at);

      create table demo_crm.setting (
        key text primary key,
        value text not null
      );
      insert into demo_crm.setting (key, value) values ('instance_id', gen_random_uuid()::text);
    `,
  },
] as const
