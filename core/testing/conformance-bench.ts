// One instance for all checks of a list. They run one after the other, each with a scope, a connection, records and a
// remote of its own, and the last one closes the instance.
import { definePlugin, type Plugin } from '../sdk/plugin.ts'
import type { ProviderClass } from '../sdk/provider.ts'
import { type CheckContext, type CheckSetup, openCheckContext } from './check-context.ts'
import type { ConformanceOptions } from './conformance-options.ts'
import { createTestInstance, type TestInstance } from './test-instance.ts'

export interface ConformanceBench {
  run(name: string, setup: CheckSetup, work: (context: CheckContext) => Promise<void>): Promise<void>
}

/** The provider as a version of its own whose calls are given up soon. */
const impatientVersion = '999.0.0'
const impatientMs = 1_000

/** Whoever runs only some of the checks does not say when he is done. */
const idleMs = 2_000

export function createConformanceBench(options: ConformanceOptions, names: readonly string[]): ConformanceBench {
  const left = new Set(names)
  let instance: Promise<TestInstance> | null = null
  let last: Promise<unknown> = Promise.resolve()
  let idle: NodeJS.Timeout | undefined
  let number = 0

  const open = (): Promise<TestInstance> => {
    const { plugin, provider, dependencies = [], databaseUrl, models } = options
    instance ??= createTestInstance({
      plugins: [...dependencies, withImpatience(plugin, provider)],
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
      ...(models ? { models } : {}),
    })
    return instance
  }

  const shut = async (): Promise<void> => {
    const opened = instance
    instance = null
    // One that could not be opened has told its check.
    await opened?.then(
      (one) => one.close(),
      () => undefined,
    )
  }

  const runOne: ConformanceBench['run'] = async (name, setup, work) => {
    clearTimeout(idle)
    try {
      const opened = await open()
      number += 1
      const version = setup.isImpatient ? impatientVersion : options.provider.version
      const context = await openCheckContext({ options, setup, version, instance: opened, number })
      try {
        await work(context)
      } finally {
        await context.close()
      }
    } finally {
      left.delete(name)
      if (left.size === 0) await shut()
      else idle = setTimeout(() => void shut().catch(() => undefined), idleMs)
    }
  }

  return {
    run(name, setup, work) {
      const run = last.then(() => runOne(name, setup, work))
      last = run.catch(() => undefined)
      return run
    },
  }
}

function withImpatience(plugin: Plugin, provider: ProviderClass): Plugin {
  const limits = { ...provider.limits, objectTimeoutMs: impatientMs }
  const impatient = withStatics(provider, { version: impatientVersion, limits })
  return definePlugin({ ...plugin, providers: [...plugin.providers, impatient] })
}

// A class derived from it would have to know what it leaves abstract.
function withStatics(provider: ProviderClass, statics: Partial<ProviderClass>): ProviderClass {
  return new Proxy(provider, {
    get: (target, key) => Reflect.get(Object.hasOwn(statics, key) ? statics : target, key),
  })
}
