// A connection that is still being made: nothing is taken in for it and nothing is sent. An older program takes it for one
// that is switched off.
export const draftConnections = {
  name: '20261122192000_draft_connections',
  up: (schema: string): string => `
alter table ${schema}.connection drop constraint connection_state_check;
alter table ${schema}.connection
  add constraint connection_state_check check (state in ('draft', 'active', 'disabled', 'deleted'));
`,
}
