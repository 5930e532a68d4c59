// A connection may take values that differ between test and live from a named environment of its provider version.
export const environments = {
  name: '20261122191500_environments',
  up: (schema: string): string => `
alter table ${schema}.connection add column environment text;
`,
}
