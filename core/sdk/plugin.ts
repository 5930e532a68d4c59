// What a plugin is: metadata that can be judged before any of its code runs, and a setup that brings the rest.
import { z } from 'zod'
import { type DefinitionKind, isDefinitionKind } from './definition-kind.ts'
import type { HttpClient } from './http-client.ts'
import type { Log } from './log.ts'
import type { ObjectMappingInput } from './mapping.ts'
import type { PluginPage } from './page.ts'
import type { ProviderClass } from './provider.ts'
import type { PluginReceiver } from './receiver.ts'
import type { SignalName, Signals, SignalTap, Subject } from './signals.ts'
import type { SourceFilter, SourceModel } from './source-model.ts'
import type { User } from './user.ts'

export const pluginLevels = ['instance', 'organizer', 'event', 'organizer_and_event'] as const
/** Where a plugin is switched on: always on; per organizer; per event (inherited from above); needed at both. */
export type PluginLevel = (typeof pluginLevels)[number]

/** One entry of a terminal command: `outbound-sync <plugin's command> ...`. */
export interface PluginCommand {
  name: string
  summary: string
  arguments?: readonly { name: string; summary: string; isRequired?: boolean }[]
  options?: readonly { flags: string; summary: string; default?: string }[]
  /** Resolves to the exit code. */
  run(args: { arguments: readonly string[]; options: Readonly<Record<string, string | boolean>> }): Promise<number>
}

/** A server of the plugin's own that `start` runs, for example a demo remote. Listens on loopback. */
export interface PluginService {
  name: string
  start(): Promise<{ origin: string; stop(): Promise<void> }>
}

export interface PluginMigration {
  /** Begins with a timestamp `yyyymmddhhmmss`, so that teams do not collide. */
  name: string
  /** One or more SQL statements. */
  up: string
}

/** What is brought once the plugin has its context. */
export interface PluginContributions {
  sourceModels?: readonly SourceModel[]
  taps?: Partial<Record<SignalName, SignalTap>>
  cli?: readonly PluginCommand[]
  pages?: readonly PluginPage[]
  receivers?: readonly PluginReceiver[]
  services?: readonly PluginService[]
  /** Called by `start` and `web` when the tables are up to date and the services run. */
  started?(): Promise<void>
  /** Called once when the instance stops. */
  close?(): Promise<void>
}

export interface PluginContext<Options = Readonly<Record<string, unknown>>> {
  /** What the schema of the plugin's `options` made of what was configured. */
  options: Options
  /** The way out for source models and receivers: as guarded and bounded as a provider's. */
  http: HttpClient
  /** For a host plugin that fires, and for taps (the tap's name must be the plugin's). */
  signals: Signals
  /** On our own pool, outside any transaction of the host. */
  executeSql(text: string, values: readonly unknown[]): Promise<{ rows: Record<string, unknown>[] }>
  /** For a plugin that brings its own data layer. */
  databaseUrl: string
  log: Log
  /** What an operator can do in the browser, for commands and pages of a plugin. */
  operations: Operations
}

export interface RunReport {
  id: string
  state: 'waiting' | 'canary' | 'running' | 'paused' | 'stopped' | 'finished' | 'failed'
  /** Subjects the filter matched when the run began, and those handled so far. */
  totalCount: number
  doneCount: number
  /** Subjects by how they ended. */
  succeededCount: number
  nothingToDoCount: number
  skippedCount: number
  failedCount: number
  /** Objects by what was done to them. */
  objects: { created: number; updated: number; nothingToDo: number; skipped: number; failed: number }
  /** Why a run stopped or failed, in a sentence. */
  reason: string | null
}

/** What an audit found: records of the host that should be up to date at a connection, and those that are not. */
export interface AuditSummary {
  runId: string
  state: RunReport['state']
  /** Records looked at so far. */
  checkedCount: number
  /** Records that have not arrived, or of which an older state has. */
  missingCount: number
  /** Those of them that a backfill of the audit would put into the queue. */
  sendableCount: number
  /** Why it stopped or failed, in a sentence. */
  reason: string | null
}

export interface ConnectionTestReport {
  /** Null when nobody can know: the provider has no `testConnection`, so nothing was called. */
  isOk: boolean | null
  /** What was reached, or what is wrong and what to do. */
  message: string
  /** The code of what went wrong, for example `authentication`; null when nothing did, or nobody foresaw it. */
  code: string | null
  /** Whose account it is, as the remote told, else as it was filled in; null when nobody knows. */
  accountName: string | null
  /** In order and redacted; logins and calls for tokens are among them. Status null: there was no answer. */
  calls: readonly TestedCall[]
}

export interface TestedCall {
  method: string
  url: string
  status: number | null
  durationMs: number
  /** Null when there was none. */
  answer: {
    contentType: string | null
    retryAfter: string | null
    /** The ways of signing in that it asks for, for example `Basic`. */
    challenges: readonly string[]
    /** What a person should read of its body. Null where that may be a new credential: logins, and calls for tokens. */
    excerpt: string | null
  } | null
}

export interface Operations {
  /** Creates the connection, or brings an existing one of the same provider, scope and name to these settings. */
  ensureConnection(connection: {
    provider: string
    version?: string
    name: string
    scope: string
    /** Texts may refer to a variable of the environment: `{{env.NAME}}`. */
    settings: Readonly<Record<string, unknown>>
    /** Of the provider version; null for none. @default none for a new connection, else what it has */
    environment?: string | null
    /** @default the provider's defaultMappings for a new connection, else what it has */
    mappings?: readonly ObjectMappingInput[]
    actor: string
  }): Promise<{ connectionId: string }>
  /** Nothing is sent to it any more: for so many seconds, or until it is resumed. What comes in waits. */
  pauseConnection(options: { connectionId: string; actor: string; seconds?: number }): Promise<void>
  resumeConnection(options: { connectionId: string; actor: string }): Promise<void>
  /** Ends the wait for new credentials, for a rate limit or for the remote to recover. */
  tryConnectionNow(options: { connectionId: string; actor: string }): Promise<void>
  /** Signs in and calls the remote as the provider tests it. What is wrong there is told, not thrown. */
  testConnection(options: { connectionId: string }): Promise<ConnectionTestReport>
  setPluginActive(options: { plugin: string; scope: string; isActive: boolean; actor: string }): Promise<void>
  isPluginActive(options: { plugin: string; scope: string }): Promise<boolean>
  startBackfill(options: {
    connectionId: string
    sourceModel: string
    scope: string
    filter?: SourceFilter
    actor: string
  }): Promise<{ runId: string }>
  runReport(runId: string): Promise<RunReport>
  /** Looks for records of the host that have not arrived at the connection. A worker does it, page by page. */
  startAudit(options: {
    connectionId: string
    sourceModel: string
    scope: string
    filter?: SourceFilter
    actor: string
  }): Promise<{ runId: string }>
  auditReport(runId: string): Promise<AuditSummary>
  /** Runs a worker in this process until stopped. */
  startWorker(): Promise<{ stop(): Promise<void> }>
  /** The origin of a plugin's service, for example `http://127.0.0.1:40123`; starts it if this process does not run it yet. */
  serviceOrigin(name: string): Promise<string>
  /** The sync state of a subject as HTML for the host's own page. */
  panel(options: { subject: Subject; user: User; returnTo: string }): Promise<string>
}

const pluginSchema = z.object({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'lower-case letters, digits and dashes, beginning with a letter'),
  displayName: z.string().optional(),
  description: z.string().optional(),
  version: z.string(),
  /** Semver range of the outbound-sync versions it works with. */
  compatibility: z.string(),
  level: z.enum(pluginLevels).default('event'),
  /** Other plugins by name, with the semver range needed. */
  dependencies: z.record(z.string(), z.string()).default({}),
  providers: z.array(z.custom<ProviderClass>((value) => typeof value === 'function', 'must be a class')).default([]),
  /** Providers that are made in the browser and kept as data. */
  definitionKinds: z
    .array(z.custom<DefinitionKind>(isDefinitionKind, 'must be made by defineDefinitionKind'))
    .default([]),
  /** Signals beyond the built-in ones that this plugin fires or taps, for example `product_changed`. */
  signals: z
    .array(
      z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'lower-case letters, digits and underscores, beginning with a letter'),
    )
    .default([]),
  taps: z.custom<Partial<Record<SignalName, SignalTap>>>().default({}),
  migrations: z.array(z.object({ name: z.string().regex(/^\d{14}_/), up: z.string().min(1) })).default([]),
  /** URL of the folder that holds the plugin's own views. */
  viewsUrl: z.instanceof(URL).optional(),
  /** What has to be told by whoever runs it, for example an address and a `secret()`. */
  options: z.custom<z.ZodObject>((value) => value instanceof z.ZodObject, 'must be a z.object(...)').optional(),
  setup: z.custom<(context: PluginContext) => PluginContributions>((value) => typeof value === 'function').optional(),
})
export type PluginDefinition<Options extends z.ZodObject = z.ZodObject> = Omit<
  z.input<typeof pluginSchema>,
  'options' | 'setup'
> & {
  options?: Options | undefined
  setup?(context: PluginContext<z.output<Options>>): PluginContributions
}
export type Plugin = z.infer<typeof pluginSchema>

const brand = Symbol.for('outbound-sync.plugin')

/** The default export of a plugin. Checks the shape at once, so that a mistake is told where it was made. */
export function definePlugin<Options extends z.ZodObject = z.ZodObject>(definition: PluginDefinition<Options>): Plugin {
  const parsed = pluginSchema.safeParse(definition)
  if (!parsed.success) throw new TypeError(`definePlugin: ${z.prettifyError(parsed.error)}`)
  return Object.freeze({ ...parsed.data, [brand]: true })
}

/** True for what definePlugin returned, whichever copy of this package made it. */
export function isPlugin(value: unknown): value is Plugin {
  return typeof value === 'object' && value !== null && Reflect.get(value, brand) === true
}
