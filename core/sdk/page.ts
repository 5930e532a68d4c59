// A page of a plugin: it reads a request, answers with a view and plain data, or with a redirect. Rendering, sessions,
// the same-origin gate and permissions are the admin room's.
import type { Permission, User } from './user.ts'

export interface PageRequest {
  params: Readonly<Record<string, string>>
  query: Readonly<Record<string, string>>
  /** Form fields of a POST; a repeated field keeps all its values. */
  form: Readonly<Record<string, string | readonly string[]>>
  user: User
  /** The path of a page within the mounted application, with the base path in front. */
  url(path: string): string
  /** The address of this page, relative to the host, for coming back to it. */
  href: string
}

export type PageResult =
  | { view: string; title: string; data: Readonly<Record<string, unknown>>; status?: number }
  | { redirectTo: string; notice?: { kind: 'success' | 'info' | 'warning' | 'error'; text: string } }
  | { notFound: string }

export interface PluginPage {
  method: 'GET' | 'POST'
  /** Below the plugin's own folder, for example `/orders/:code`. */
  path: string
  /** Shown in the navigation when set. */
  navigation?: { label: string }
  /** @default 'view' for GET, 'operate' for POST */
  permission?: Permission
  /** The scope the permission is asked for. @default the whole instance */
  scope?(params: Readonly<Record<string, string>>): string
  handle(request: PageRequest): Promise<PageResult>
}
