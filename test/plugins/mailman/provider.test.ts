// The provider against a Mailman that behaves as documented: all that is asked of a provider, and what is its own.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isErrorKind } from '../../../core/errors.ts'
import type { SyncObjectArgs } from '../../../core/sdk/index.ts'
import { type FakeRemote, providerConformance, startFakeRemote } from '../../../core/testing/index.ts'
import mailman from '../../../plugins/mailman/index.ts'
import { MailmanSync } from '../../../plugins/mailman/provider.ts'
import { failureOf } from '../../core/http/expect-failure.ts'
import { createRecordingHttpClient } from '../../support/recording-http-client.ts'
import { refuseTcp } from '../../support/refuse-tcp.ts'
import { syncArgs } from '../../support/sync-args.ts'
import { createFakeMailman, listId } from './fake-mailman.ts'

const databaseUrl = process.env.TEST_DATABASE_URL

describe('mailman', () => {
  const checks = providerConformance({
    ...(databaseUrl ? { databaseUrl } : {}),
    plugin: mailman,
    provider: MailmanSync,
    settings: (origin) => ({ baseUrl: `${origin}/3.1`, listId, username: 'restadmin', password: 'rest-password' }),
    secrets: ['rest-password'],
    remote: createFakeMailman,
  })
  for (const { name, run } of checks) it(name, run)
})

describe('a subscriber', () => {
  let remote: FakeRemote
  const model = createFakeMailman()
  const http = createRecordingHttpClient()
  before(async () => {
    remote = await startFakeRemote(model.handle)
  })
  after(async () => {
    await http.close()
    await remote.close()
  })

  const provider = (settings: Partial<MailmanSync['context']['settings']> = {}): MailmanSync =>
    new MailmanSync({
      connection: { id: 'c1', name: 'List', scope: '' },
      settings: { baseUrl: remote.origin, listId: 'Attendees@lists.example.com', sendsWelcome: false, ...settings },
      mappings: [],
      http,
      connectTcp: refuseTcp,
      log: { debug() {}, info() {}, warn() {}, error() {} },
    })
  const sync = (email: string, name: string | null, more: Partial<SyncObjectArgs> = {}) =>
    provider().syncObjectWithProperties({
      ...syncArgs({
        ...{ http, externalObjectType: 'subscriber', externalIdField: 'email', idValue: email },
        properties: [['display_name', name, 'overwrite']],
      }),
      ...more,
    })

  it('that left the list and comes back gets the new name, and an empty name is a name', async () => {
    assert.equal((await sync('ada@example.org', 'Ada'))?.action, 'created')
    const gone = { externalObjectType: 'subscriber', externalIdField: 'email', idValue: 'ada@example.org' }
    const signal = new AbortController().signal
    assert.equal((await provider().deleteObject({ ...gone, known: null, http, signal })).action, 'deleted')
    assert.equal((await sync('Ada@Example.org', 'Countess'))?.action, 'created')
    assert.deepEqual(await model.objects(), { 'ada@example.org': { name: 'Countess' } })
    assert.equal((await sync('ada@example.org', null))?.action, 'updated')
    assert.equal((await sync('ada@example.org', null))?.action, 'nothing_to_do')
    assert.deepEqual(await model.objects(), { 'ada@example.org': { name: '' } })
  })

  it('with another address takes the place of the old one', async () => {
    const known = { remoteId: 'member2', idValue: 'ada@example.org', customs: null, sentValues: {} }
    assert.equal((await sync('countess@example.org', 'Ada', { known }))?.action, 'updated')
    assert.deepEqual(await model.objects(), { 'countess@example.org': { name: 'Ada' } })
    assert.equal((await sync('countess@example.org', 'Ada', { known }))?.action, 'nothing_to_do')
  })

  it('is refused with what Mailman says', async () => {
    const refused = await failureOf(sync('üm@example.org', null))
    assert.ok(isErrorKind(refused, 'RejectedError'))
    assert.match(refused.message, /does not subscribe üm@example.org to attendees.*Invalid Parameter/)
  })

  it('needs a list that is there', async () => {
    const signal = new AbortController().signal
    const { message, accountName } = await provider().testConnection({ signal })
    assert.match(message, /^GNU Mailman 3\.3\.8 .* answered\. The list attendees@lists\.example\.com has 1 subscribers/)
    assert.equal(accountName, 'attendees@lists.example.com')
    const elsewhere = provider({ listId: 'other@lists.example.com' })
    const missing = await failureOf(elsewhere.testConnection({ signal }))
    assert.ok(isErrorKind(missing, 'SyncConfigError'))
    assert.match(missing.message, /has no list "other\.lists\.example\.com"/)
  })
})
