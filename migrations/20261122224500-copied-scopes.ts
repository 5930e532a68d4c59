// Which scope a connection was copied from that the host made a copy of; its copied mapping is translated from there when
// somebody goes on with it.
export const copiedScopes = {
  name: '20261122224500_copied_scopes',
  up: (schema: string): string => `
alter table ${schema}.connection add column copied_from text;
`,
}
