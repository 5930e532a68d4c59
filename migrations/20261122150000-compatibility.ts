// Which versions of the program can work with these tables: what an older one reads when it meets migrations it does not
// know, instead of refusing every database that a newer one has been at.
export const compatibility = {
  name: '20261122150000_compatibility',
  up: (schema: string): string => `
create table ${schema}.compatibility (
  id boolean primary key default true check (id),
  programs text not null
);
`,
}
