// Plugins bring kinds of provider definitions, so the list of them is open. What a draft was when it was opened in the
// browser is told by when it was last changed.
export const definitionKinds = {
  name: '20261122193000_definition_kinds',
  up: (schema: string): string => `
alter table ${schema}.provider_definition
  drop constraint provider_definition_kind_check,
  add constraint provider_definition_kind_check check (kind ~ '^[a-z][a-z0-9_-]{0,63}$'),
  add column updated_at timestamptz not null default now();
`,
}
