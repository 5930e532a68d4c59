// The checks that every provider has to pass, for the tests of its plugin: pushed through the whole product at a remote
// that is told to fail. Two or three of them per second.

import { canOverwrite } from './changed-fields.ts'
import { checkChanged, checkLeftAlone } from './check-changes.ts'
import type { CheckContext, CheckSetup } from './check-context.ts'
import { checkDeclaration, hasVerb } from './check-declaration.ts'
import { checkHanging, checkLostAnswers, checkMalformed } from './check-faults.ts'
import { checkPushTwice, checkUnchanged } from './check-pushes.ts'
import { checkRateLimited, checkServerError, checkUnauthorized } from './check-refusals.ts'
import { checkSecrets } from './check-secrets.ts'
import { checkConnectionTest, checkDeletion, checkReading, deletingMappings } from './check-verbs.ts'
import { createConformanceBench } from './conformance-bench.ts'
import type { ConformanceCheck, ConformanceOptions } from './conformance-options.ts'

interface Pushed {
  name: string
  work: (context: CheckContext) => Promise<void>
  setup?: CheckSetup
}

const declaration = 'declares what pages and mappings need'
const undeclared = `Not run: first correct the declaration, until the check "${declaration}" passes.`

/**
 * One check for each thing that is asked of a provider; the optional verbs and the secrets only where there are any. A
 * check that fails says what the provider must do differently. They may be run in any order and one by one;
 * the first one is about the declaration, and while it fails the others are skipped.
 */
export function providerConformance(options: ConformanceOptions): ConformanceCheck[] {
  const pushed = pushedChecks(options)
  const bench = createConformanceBench(
    options,
    pushed.map(({ name }) => name),
  )
  let declared: Promise<void> | undefined
  const declare = (): Promise<void> => (declared ??= checkDeclaration(options))
  const isDeclared = (): Promise<boolean> =>
    declare().then(
      () => true,
      () => false,
    )
  return [
    { name: declaration, run: declare },
    ...pushed.map(({ name, work, setup = {} }) => ({
      name,
      // A parameter that is named is a callback to some runners.
      async run(...[context]: readonly unknown[]) {
        if (await isDeclared()) await bench.run(name, setup, work)
        else skip(context)
      },
    })),
  ]
}

/** Throws where the runner gives nothing to skip with. */
function skip(context: unknown): void {
  const method: unknown = Reflect.get(Object(context), 'skip')
  if (typeof method !== 'function') throw new Error(undeclared)
  Reflect.apply(method, context, [undeclared])
}

function pushedChecks(options: ConformanceOptions): Pushed[] {
  const { provider, secrets, without = {} } = options
  const unchanged = without.memory
    ? `sends again when asked to, because: ${without.memory}`
    : 'leaves alone what the remote holds already'
  const malformed = without.answers
    ? `takes any answer with a good status, because: ${without.answers}`
    : 'is clear about an answer that is not what it expects'
  const changed = canOverwrite(options)
    ? { name: 'brings a changed value to the remote', work: checkChanged }
    : { name: 'leaves what the remote holds as it was when a record has changed', work: checkLeftAlone }
  return [
    { name: 'makes an object, and no second one when it is pushed again', work: checkPushTwice },
    { name: unchanged, work: checkUnchanged },
    changed,
    { name: 'waits for new credentials after 401, and loses nothing', work: checkUnauthorized },
    { name: 'waits as long as a 429 asks, and uses no attempt', work: checkRateLimited },
    { name: 'tries again after a 500', work: checkServerError },
    { name: 'makes no second object when the answer to a write is lost', work: checkLostAnswers },
    { name: malformed, work: checkMalformed },
    { name: 'ends its call when its time is over', work: checkHanging, setup: { isImpatient: true } },
    ...when(secrets.length > 0, { name: 'lets no secret into the log or a table', work: checkSecrets }),
    ...when(hasVerb(provider, 'deleteObject'), {
      name: 'deletes what no longer applies, once or twice',
      work: checkDeletion,
      setup: { mappings: deletingMappings },
    }),
    ...when(hasVerb(provider, 'readObject'), { name: 'reads back what it has sent', work: checkReading }),
    ...when(hasVerb(provider, 'testConnection'), { name: 'tests its connection', work: checkConnectionTest }),
  ]
}

function when(isAsked: boolean, check: Pushed): Pushed[] {
  return isAsked ? [check] : []
}
