import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { createMappings } from '../../../core/connections/mappings.ts'
import type { Permission, User } from '../../../core/sdk/user.ts'
import { type AdminFixture, createAdminFixture } from './admin-fixture.ts'
import { type Browse, createBrowse, textOf } from './browse.ts'
import { mappingDocument } from './fixture-plugins.ts'
import { insertActivation } from './insert-rows.ts'

const user = (id: string, permissions: readonly Permission[], outer = ''): User => ({
  id,
  name: id,
  can: (permission, scope) =>
    permissions.includes(permission) && (outer === '' || scope === outer || scope.startsWith(`${outer}/`)),
})
const users: Record<string, User> = {
  manager: user('manager', ['view', 'operate', 'configure']),
  designer: user('designer', ['view', 'configure']),
  viewer: user('viewer', ['view']),
  rival: user('rival', ['view', 'operate', 'configure'], 'organizer:rival'),
}

describe('the impact of a mapping', () => {
  let fixture: AdminFixture
  let connection: string
  let revision: number
  before(async () => {
    fixture = await createAdminFixture({
      basePath: '/sub/path',
      identify: (request) => users[String(request.headers['x-test-user'])] ?? null,
    })
    await insertActivation(fixture)
  })
  after(() => fixture.close())
  beforeEach(async () => {
    await fixture.sql(
      'truncate outbound_sync.connection, outbound_sync.sync_run, outbound_sync.sync_job, outbound_sync.audit_entry cascade',
    )
    connection = await fixture.addConnection({ name: 'Sales CRM' })
  })

  const mappings = () => createMappings({ database: fixture.database })
  const saveDraft = async (document: unknown = mappingDocument, before: number | null = null): Promise<void> => {
    const draft = await mappings().saveDraft({ connectionId: connection, revision: before, document, actor: 'Ann' })
    revision = draft.revision
  }
  const publish = () => mappings().publish({ connectionId: connection, revision, over: null, actor: 'Ann' })

  const as = (name: string): Pick<Browse, 'get' | 'post'> => {
    const browser = createBrowse(fixture)
    const headers = { 'x-test-user': name, 'sec-fetch-site': 'same-origin' }
    return {
      get: (path) => browser.get(path, headers),
      post: (path, fields) => browser.post(path, fields, headers),
    }
  }
  const impactPath = () => `/connections/${connection}/mappings/impact`
  async function begin(fields: Record<string, string> = {}): Promise<string> {
    const answer = await as('manager').post(impactPath(), { which: 'all', ...fields })
    assert.equal(answer.status, 303)
    return answer.location?.slice('/sub/path'.length) ?? ''
  }
  async function count(fields: Record<string, string> = {}): Promise<string> {
    const path = await begin(fields)
    assert.match(path, /^\/impacts\//)
    await fixture.tick()
    return path
  }
  const read = async (path: string, name = 'manager'): Promise<string> => textOf((await as(name).get(path)).text)

  it('is asked for beside the draft, and told in figures, fields and causes', async () => {
    await saveDraft()
    assert.match(await read(impactPath()), /The draft, as Ann saved it just now \. Records All of them/)
    const path = await begin()
    assert.match(await read(path), /How far it is Waiting It begins as soon as a worker is free\. 0 of 0 looked at/)
    assert.equal((await as('manager').get(path)).headers.get('refresh'), '2')
    assert.equal((await as('manager').get(`${path}?live=no`)).headers.get('refresh'), null)
    await fixture.tick()
    const answer = await as('manager').get(path)
    const text = textOf(answer.text)
    assert.equal(answer.headers.get('refresh'), null)
    assert.match(text, /Impact of the draft at Sales CRM · Orders · organizer acme · asked for just now by manager/)
    assert.match(text, /What it would do Some would fail 23 of 34 records are affected They/)
    assert.match(text, /Would be sent .* 19 Unchanged .* 4 Left out .* 4 Would wait .* 4 Would fail .* 3 /)
    assert.match(text, /Object Created Updated Unchanged Left out Waiting Failing Deal 15 4 4 4 4 3 /)
    assert.match(text, /Property Object Objects For example Amount Deal 4 Order K4 /)
    assert.match(
      text,
      /Would fail Deal: Cannot write "value of 10" to the property "amount" \(decimal\)\. 3 Order K10 Would wait Deal: It waits for Customer 3\. 4 Order K3 Left out Deal: The condition of the mapping "deals" is not met\. 4 Order K2/,
    )
    assert.match(
      answer.text,
      new RegExp(`href="/sub/path/connections/${connection}/mappings/preview\\?model=Order&amp;record=10"`),
    )
    assert.match(text, /First the draft has to be published\./)
    assert.match(await read('/runs'), /Impact of a mapping: 34 records organizer acme Sales CRM Counted/)
    assert.match(
      await read(impactPath()),
      /Some would fail Impact of the draft : 23 of 34 records are affected, 3 would fail\. Counted just now /,
    )
  })

  it('can be narrowed to the newest records, and says what is no number', async () => {
    await saveDraft()
    const path = await count({ which: 'newest', newest: '10' })
    assert.match(await read(path), /Orders, the newest 10 of each kind .* of 10 records are affected/)
    for (const newest of ['0', 'ten', '1.5', '-1', '', '9999999', '<b>']) {
      const answer = await as('manager').post(impactPath(), { which: 'newest', newest })
      assert.equal(answer.status, 422, newest)
      assert.match(textOf(answer.text), /There is a problem Enter how many records are to be looked at/)
    }
  })

  it('says when the draft has changed, and counts again with one button', async () => {
    await saveDraft()
    const path = await count({ which: 'newest', newest: '10' })
    await saveDraft(
      mappingDocument.map((one) => ({ ...one, whenNoLonger: 'delete' })),
      revision,
    )
    const outdated = await as('manager').get(path)
    assert.match(
      textOf(outdated.text),
      /The draft was changed since: these figures are of an older one\. Count again\./,
    )
    assert.match(outdated.text, /name="newest" value="10"/)
    assert.match(await read(`/connections/${connection}`), /of another mapping than the one in question now/)
  })

  it('offers afterwards to send the affected records now, and leads to the backfill', async () => {
    await saveDraft()
    const path = await count()
    await publish()
    const page = await as('manager').get(path)
    assert.match(textOf(page.text), /can be sent at once, .* Send 23 records now Later Never/)
    assert.doesNotMatch(await read(path, 'designer'), /Send 23 records now/)
    const sent = await as('manager').post(`${path}/resync`, { choice: 'now' })
    const backfill = sent.location?.slice('/sub/path'.length) ?? ''
    assert.match(
      await read(backfill),
      /Backfill of Orders to Sales CRM · organizer acme · what a mapping was found to affect .* the count/,
    )
    assert.match(await read(path), /manager has put the affected records into the queue just now : see that backfill/)
    await fixture.tick()
    const [jobs] = await fixture.sql(
      'select count(*)::int as count, min(priority) as priority from outbound_sync.sync_job',
    )
    assert.deepEqual(jobs, { count: 10, priority: 0 })
    assert.match(await read(backfill), /0 of 23 done/)
    const again = await as('manager').post(`${path}/resync`, { choice: 'now' })
    assert.equal(again.location, `/sub/path${path}`)
    assert.equal((await as('manager').post(`${path}/resync`, { choice: 'sometimes' })).status, 422)
  })

  it('keeps the offer for later on the page of the connection, until it is taken or declined', async () => {
    await saveDraft()
    const path = await count()
    await publish()
    await as('manager').post(`${path}/resync`, { choice: 'later' })
    assert.match(
      await read(`/connections/${connection}`),
      /23 records are still to be sent .* Send them now Never send them/,
    )
    assert.doesNotMatch(await read(`/connections/${connection}`, 'viewer'), /Send them now/)
    assert.match(await read(path), /manager wanted that to be done later\. Send 23 records now Never/)
    await as('manager').post(`${path}/resync`, { choice: 'never' })
    assert.doesNotMatch(await read(`/connections/${connection}`), /still to be sent/)
    assert.match(await read(path), /manager has decided just now that they are not sent/)
    assert.deepEqual(
      (await fixture.sql(`select action from outbound_sync.audit_entry where action like 'impact.%' order by id`)).map(
        ({ action }) => action,
      ),
      ['impact.started', 'impact.resync_later', 'impact.resync_never'],
    )
  })

  it('is told in words where there is nothing to count', async () => {
    assert.match(await read(impactPath()), /There is no mapping yet\./)
    const answer = await as('manager').post(impactPath(), { which: 'all' })
    assert.equal(answer.location, `/sub/path${impactPath()}`)
    const unknown = mappingDocument.map((one) => ({ ...one, sourceModel: 'Nothing' }))
    await saveDraft(unknown)
    assert.equal((await as('manager').post(impactPath(), {})).status, 303)
  })

  it('is for those who may: to look, to count, to send', async () => {
    await saveDraft()
    const path = await count()
    await publish()
    for (const [name, method, at, status] of [
      ['viewer', 'get', path, 200],
      ['viewer', 'get', impactPath(), 403],
      ['viewer', 'post', impactPath(), 403],
      ['viewer', 'post', `${path}/resync`, 403],
      ['viewer', 'post', `${path}/stop`, 403],
      ['designer', 'post', `${path}/resync`, 403],
      ['designer', 'post', impactPath(), 303],
      ['rival', 'get', path, 404],
      ['rival', 'get', impactPath(), 404],
      ['rival', 'post', `${path}/resync`, 404],
      ['manager', 'get', '/impacts/nothing', 404],
      ['manager', 'get', `/impacts/${crypto.randomUUID()}`, 404],
      ['manager', 'get', '/connections/nothing/mappings/impact', 404],
    ] as const) {
      const answer = await as(name)[method](at, method === 'post' ? { choice: 'now' } : undefined)
      assert.equal(answer.status, status, `${name} ${method} ${at}`)
    }
  })

  it('can be paused, resumed and stopped from its page, and is found under the address of runs', async () => {
    await saveDraft()
    const path = await begin()
    assert.match(await read(path), /Pause Stop/)
    await as('manager').post(`${path}/pause`)
    await fixture.tick()
    assert.match(await read(path), /Paused .* Resume Stop/)
    await as('manager').post(`${path}/resume`)
    await as('manager').post(`${path}/stop`)
    assert.match(await read(path), /Stopped .*Count again/)
    const moved = await as('manager').get(path.replace('/impacts/', '/runs/'))
    assert.equal(moved.location, `/sub/path${path}`)
  })
})
