// What an author hands to providerConformance, and what the checks are.
import type { ObjectMappingInput } from '../sdk/mapping.ts'
import type { Plugin } from '../sdk/plugin.ts'
import type { ProviderClass } from '../sdk/provider.ts'
import type { SignalName } from '../sdk/signals.ts'
import type { RemoteCall } from './fake-remote.ts'
import type { RemoteHandler } from './remote-exchange.ts'
import type { TestInstanceOptions } from './test-instance.ts'
import type { TestModel, TestRecord } from './test-records.ts'

/** A small model of the remote in memory; every check gets a new one. */
export interface RemoteModel {
  handle: RemoteHandler
  /**
   * What the remote holds now: each object under a name that tells it from all others, for example
   * `subscriber/ada@example.org`. Read before and after calls: a call after which it differs has written something.
   */
  objects(): Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>
  close?(): Promise<void>
}

/** The records that are pushed. */
export interface ConformanceRecords {
  /** The root model to signal. @default the first of `models` */
  model?: string
  /** A record of its own for each number, with a value wherever the mappings look. */
  make(number: number): TestRecord
  /**
   * The same record, with another value in something that a mapping overwrites and that identifies nothing; where no mapping
   * overwrites anything, in any field that identifies nothing.
   */
  change(record: TestRecord): TestRecord
}

/** What a provider can be without for a good reason, in a sentence. Its check then asserts that it is so. */
export interface ConformanceExceptions {
  /** The remote cannot be asked what it holds, so what is pushed again by force is sent again, and may arrive twice. */
  memory?: string
  /** The body of an answer means nothing: whatever comes with a good status is a success. */
  answers?: string
}

export interface ConformanceOptions extends Pick<TestInstanceOptions, 'databaseUrl'> {
  plugin: Plugin
  /** One of the plugin's. */
  provider: ProviderClass
  /** Plugins that this one depends on. */
  dependencies?: readonly Plugin[]
  /** Settings of a good connection. @param origin of the fake remote, for example `http://127.0.0.1:40123` */
  settings(origin: string): Readonly<Record<string, unknown>>
  remote(): RemoteModel
  /** The values of all settings that are credentials, at least 8 characters each: none may turn up anywhere. */
  secrets: readonly string[]
  /** @default the provider's defaultMappings */
  mappings?: readonly ObjectMappingInput[]
  /** @default [orderModel] */
  models?: readonly TestModel[]
  /** @default sampleOrder and changedOrder */
  records?: ConformanceRecords
  /** On which the plugin's tap enqueues. @default 'order_placed' */
  signal?: SignalName
  without?: ConformanceExceptions
  /** Whether a call writes. @default every call does but GET, HEAD and OPTIONS */
  isWrite?(call: RemoteCall): boolean
}

/** For a test runner: `for (const check of providerConformance(...)) it(check.name, check.run)`. */
export interface ConformanceCheck {
  name: string
  /**
   * Rejects with what the provider must do differently. Takes up to some seconds, the first one more, because it makes the
   * instance: give a runner that has a limit for each test 30 seconds.
   *
   * While the declaration is wrong, no other check can tell anything: it is skipped, or rejects and says so.
   * @param context what the runner hands to a test; where it has a `skip`, as in node:test and Vitest, that is called
   */
  run(context?: unknown): Promise<void>
}
