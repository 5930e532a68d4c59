export const permissions = ['view', 'operate', 'configure', 'administer', 'see_payloads'] as const
/** Look; retry, cancel and sync; change connections and mappings; everything; read what was sent. */
export type Permission = (typeof permissions)[number]

/** Who is asking, as the host identifies him. A permission holds for a scope and everything below it. */
export interface User {
  id: string
  name: string
  can(permission: Permission, scope: string): boolean
}
