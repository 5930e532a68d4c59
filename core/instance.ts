// What a host puts into createOutboundSync and gets from it.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Config, ConfigOverrides } from './config.ts'
import type { Hooks } from './registry/create-hooks.ts'
import type { GivenPluginOptions } from './registry/plugin-options.ts'
import type { Operations, Plugin, PluginCommand } from './sdk/plugin.ts'
import type { Signals, Subject } from './sdk/signals.ts'
import type { User } from './sdk/user.ts'
import type { KeyList } from './secrets/list-keys.ts'
import type { KeyRotation, KeyRotationOptions } from './secrets/rotate-keys.ts'

export interface OutboundSyncOptions extends Omit<ConfigOverrides, 'plugins' | 'databaseUrl' | 'migrations'> {
  databaseUrl: string
  /** Paths, bundled names, npm packages, or plugins themselves, in order. */
  plugins: readonly (string | Plugin)[]
  /** What plugins have to be told. @default variables such as MY_LIST_BASE_URL for `baseUrl` of the plugin `my-list` */
  pluginOptions?: GivenPluginOptions
  /** Who is asking; null for nobody. Without it the program's own sign-in is used. */
  identify?: (request: IncomingMessage) => User | null | Promise<User | null>
  /** `manual` refuses to start when tables are behind instead of bringing them up to date. @default 'automatic' */
  migrations?: 'automatic' | 'manual'
  /** Where a key may be kept when none is configured; null refuses to start. @default null */
  keyFolder?: string | null
  /** Where log lines go. @default standard output */
  logStream?: { write(line: string): void }
}

export interface OutboundSync {
  /** The host fires these inside its transactions. */
  readonly signals: Signals
  /** What we say outward: `jobFinished` and `accountFailing`, of this process's worker. */
  readonly hooks: Hooks
  readonly config: Config
  /**
   * For any server that speaks Node's `(request, response)`. A host that reads forms itself before it calls this leaves what
   * it read in `request.body`.
   */
  handler(request: IncomingMessage, response: ServerResponse): void
  /** The sync state of a record, for the host's own page. */
  panel(options: { subject: Subject; user: User; returnTo: string; format?: 'html' | 'json' }): Promise<string>
  /** The path of the panel's style sheet on the host's own origin, below `basePath`; link it on pages that show the panel. */
  readonly panelStylesheet: string
  /** Checks the tables and the queue; after it the host may fire. @param options.waitMs for a server that refuses connections */
  start(options?: { waitMs?: number }): Promise<void>
  /** The worker of this process. */
  readonly worker: { start(): Promise<void>; stop(): Promise<void> }
  /** Starts the plugins' own servers and lets this process call them: a worker does too, before it starts. */
  startServices(): Promise<readonly { name: string; origin: string }[]>
  /** Tells the plugins that tables and services are up. */
  notifyStarted(): Promise<void>
  /** Makes the administrator of the standalone program's sign-in when there is no user yet. */
  ensureAdministrator(account: { email: string; password: string }): Promise<'created' | 'exists'>
  migrate(): Promise<readonly string[]>
  /** Everything pending as SQL, for people who run DDL themselves. */
  migrationScript(): Promise<string>
  readonly keys: {
    /** Everything sealed gets a new data key, while web and workers run. A run that was cut off is gone on with. */
    rotate(options: KeyRotationOptions): Promise<KeyRotation>
    list(): Promise<KeyList>
  }
  readonly commands: readonly { plugin: Plugin; command: PluginCommand }[]
  readonly operations: Operations
  stop(): Promise<void>
}
