// That the checks can fail: a provider that does everything right passes all of them, and each deliberately wrong one fails
// the checks that are for it, and no other.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type HttpRequest,
  type HttpResponse,
  isErrorKind,
  PermanentError,
  type ProviderClass,
  RateLimitedError,
  type RemoteObject,
  type RemoteObjectQuery,
  RetryableError,
  type SyncObjectArgs,
  type SyncObjectResult,
  z,
} from '../../../core/sdk/index.ts'
import { type ConformanceOptions, providerConformance } from '../../../core/testing/index.ts'
import { type Caller, createList, createListPlugin, ListSync, token } from '../../support/list-provider.ts'

/** @param names of the checks to run. @default all */
async function failuresOf(
  provider: ProviderClass,
  options: Partial<ConformanceOptions> = {},
  names?: readonly string[],
): Promise<Record<string, string>> {
  const checks = providerConformance({
    plugin: createListPlugin(provider),
    provider,
    settings: (origin) => ({ baseUrl: origin, token }),
    remote: () => createList(),
    secrets: [token],
    databaseUrl: process.env.TEST_DATABASE_URL,
    ...options,
  })
  // This one takes a second by itself, and only one of the wrong ones concerns it.
  const isAsked = (name: string): boolean => name !== hangs || provider === Deaf || provider === ListSync
  const asked = checks.filter(({ name }) => names?.includes(name) ?? isAsked(name))
  const results = await Promise.all(
    asked.map(({ name, run }) =>
      run({ skip: () => undefined }).then(
        () => [],
        (error: unknown) => [[name, error instanceof Error ? error.message : String(error)]],
      ),
    ),
  )
  return Object.fromEntries(results.flat())
}

class Nameless extends ListSync {
  static override readonly displayName = ''
}

class Blind extends ListSync {
  override async find(caller: Caller, idValue: string, known: SyncObjectArgs['known']) {
    // Looks up what it knows, and whatever a mapping only wants to find.
    return known || !('idempotencyKey' in caller) ? super.find(caller, idValue, known) : null
  }
}

class Eager extends ListSync {
  override isChanged(): boolean {
    return true
  }
}

class Idle extends ListSync {
  override async update(): Promise<void> {}
}

class Stubborn extends ListSync {
  override classifyResponse({ status }: HttpResponse): Error | undefined {
    return status === 401 ? new PermanentError('The list does not like us. Give up.') : undefined
  }
}

class Impatient extends ListSync {
  override classifyResponse({ status }: HttpResponse): Error | undefined {
    return status === 429 ? new RetryableError('The list is busy.') : undefined
  }
}

class Forgetful extends ListSync {
  override classifyResponse({ status }: HttpResponse): Error | undefined {
    return status === 429 ? new RateLimitedError('The list is busy.') : undefined
  }
}

class Resigned extends ListSync {
  override classifyResponse({ status }: HttpResponse): Error | undefined {
    return status === 500 ? new PermanentError('The list is broken. Call its makers.') : undefined
  }
}

class Repeating extends ListSync {
  override async create(args: SyncObjectArgs, values: Parameters<ListSync['create']>[1]): Promise<string> {
    try {
      return await super.create(args, values)
    } catch (error) {
      if (!isErrorKind(error, 'NetworkError')) throw error
      return super.create(args, values)
    }
  }
}

class Crashing extends ListSync {
  override parse({ text }: HttpResponse): unknown {
    return JSON.parse(text)
  }
}

class Deaf extends ListSync {
  override call({ http }: Caller, request: Omit<HttpRequest, 'url'> & { path: string }): Promise<HttpResponse> {
    return super.call({ http, signal: new AbortController().signal }, request)
  }
}

class Talkative extends ListSync {
  override call(caller: Caller, request: Omit<HttpRequest, 'url'> & { path: string }): Promise<HttpResponse> {
    this.context.log.debug({}, `Calling the list with ${this.context.settings.token}`)
    return super.call(caller, request)
  }
}

class Hoarding extends ListSync {
  override async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult | null> {
    const result = await super.syncObjectWithProperties(args)
    return result && { ...result, customs: { used: this.context.settings.token } }
  }
}

class Open extends ListSync {
  static override readonly settings = z.object({ baseUrl: z.url(), token: z.string() })
}

class Lazy extends ListSync {
  override async deleteObject(): Promise<SyncObjectResult> {
    return { action: 'deleted' }
  }
}

class Strict extends ListSync {
  override async deleteObject(query: RemoteObjectQuery): Promise<SyncObjectResult> {
    await this.call(query, { method: 'DELETE', path: `/subscribers/${query.known?.remoteId}` })
    return { action: 'deleted' }
  }
}

class Mistaken extends ListSync {
  override async readObject(query: RemoteObjectQuery): Promise<RemoteObject | null> {
    const found = await super.readObject(query)
    return found && { ...found, remoteId: query.idValue }
  }
}

class Certain extends ListSync {
  override async readObject(query: RemoteObjectQuery): Promise<RemoteObject | null> {
    return (await super.readObject(query)) ?? { remoteId: '1', values: {} }
  }
}

class Confident extends ListSync {
  override async testConnection(): Promise<{ message: string }> {
    return { message: 'All is well.' }
  }
}

const declares = 'declares what pages and mappings need'
const once = 'makes an object, and no second one when it is pushed again'
const unchanged = 'leaves alone what the remote holds already'
const limits = 'waits as long as a 429 asks, and uses no attempt'
const secrets = 'lets no secret into the log or a table'
const deletes = 'deletes what no longer applies, once or twice'
const hangs = 'ends its call when its time is over'
const reads = 'reads back what it has sent'

interface Wrong {
  provider: ProviderClass
  what: string
  /** The checks that fail, and what they say. */
  fails: Record<string, RegExp>
  options?: Partial<ConformanceOptions>
  /** Another way to fail a check of which one above has shown that it fails alone: only that one is run. */
  isFurther?: boolean
}

const wrongs: Wrong[] = [
  { provider: Nameless, what: 'has no name', fails: { [declares]: /Nameless has no static displayName/ } },
  {
    provider: Blind,
    what: 'creates without looking',
    fails: { [once]: /It made 2 once more\. Look the object up/ },
    options: { remote: () => createList({ dropsRepeats: true }) },
  },
  { provider: Eager, what: 'writes what is there already', fails: { [unchanged]: /ended as "succeeded"\. Compare/ } },
  {
    provider: Idle,
    what: 'reports an update that it has not made',
    fails: { 'brings a changed value to the remote': /the remote holds none of it/ },
  },
  {
    provider: Stubborn,
    what: 'takes 401 for the end',
    fails: {
      'waits for new credentials after 401, and loses nothing': /answered 401, and the try ended as "permanent"/,
      // Its own table stands before the default one here too.
      'tests its connection': /refused the credentials with 401, but testConnection threw "The list does not like us/,
    },
  },
  {
    provider: Impatient,
    what: 'takes 429 for a failure',
    fails: { [limits]: /ended as "retry".* with 1 failed attempts/ },
  },
  {
    provider: Forgetful,
    what: 'drops Retry-After',
    isFurther: true,
    fails: { [limits]: /asked for 600 seconds, and the account waits for (3|29)/ },
  },
  {
    provider: Resigned,
    what: 'takes 500 for the end',
    fails: { 'tries again after a 500': /answered 500, and the try ended as "permanent"/ },
  },
  {
    provider: Repeating,
    what: 'repeats a write whose answer was lost',
    fails: { 'makes no second object when the answer to a write is lost': /2 new objects instead of 1/ },
  },
  {
    provider: Crashing,
    what: 'crashes on HTML',
    fails: {
      'is clear about an answer that is not what it expects':
        /page of HTML and status 200, and that ended as "internal"/,
    },
  },
  {
    provider: Deaf,
    what: 'ignores its signal',
    fails: { [hangs]: /the request to the remote went on\. Hand args\.signal/ },
  },
  {
    provider: Talkative,
    what: 'logs its token',
    fails: { [secrets]: /stands in a log line.*Calling the list with \[redacted\]/ },
  },
  {
    provider: Hoarding,
    what: 'stores its token',
    isFurther: true,
    fails: { [secrets]: /stands in a row of the table external_object/ },
  },
  {
    provider: Open,
    what: 'does not mark its token as a secret',
    fails: { [declares]: /"token" is a credential/ },
  },
  { provider: Lazy, what: 'deletes nothing', fails: { [deletes]: /the remote still holds 1\./ } },
  {
    provider: Strict,
    what: 'fails at what is deleted already',
    isFurther: true,
    fails: { [deletes]: /next try ended as "permanent"/ },
  },
  { provider: Mistaken, what: 'reads back another id', fails: { [reads]: /readObject must find an object/ } },
  {
    provider: Certain,
    what: 'reads back what is not there',
    isFurther: true,
    fails: { [reads]: /readObject must answer with null/ },
  },
  {
    provider: Confident,
    what: 'tests nothing',
    fails: { 'tests its connection': /but testConnection reported success/ },
  },
  {
    provider: ListSync,
    what: 'claims to have no memory, and has one',
    isFurther: true,
    fails: { 'sends again when asked to, because: it is deaf': /Take the exception away/ },
    options: { without: { memory: 'it is deaf' } },
  },
  {
    provider: ListSync,
    what: 'claims not to read answers, and does',
    isFurther: true,
    fails: { 'takes any answer with a good status, because: it is blind': /Take the exception away/ },
    options: { without: { answers: 'it is blind' } },
  },
]

// Most of the time of each goes into waiting.
describe('providerConformance', { concurrency: 6 }, () => {
  it('has nothing to say about a provider that does everything right', async () => {
    assert.deepEqual(await failuresOf(ListSync), {})
  })

  for (const { provider, what, fails, options, isFurther } of wrongs) {
    it(`catches one that ${what}`, async () => {
      const failures = await failuresOf(provider, options, isFurther ? Object.keys(fails) : undefined)
      assert.deepEqual(Object.keys(failures), Object.keys(fails), JSON.stringify(failures, null, 1))
      for (const [name, message] of Object.entries(fails)) assert.match(failures[name] ?? '', message)
    })
  }
})
