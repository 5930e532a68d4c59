import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createConnections } from '../../../core/connections/connect.ts'
import { createPreviewSubjects } from '../../../core/runs/preview-mapping.ts'
import { mappingDocumentSchema } from '../../../core/sdk/mapping.ts'
import { createMasterKeys } from '../../../core/secrets/data-key-rows.ts'
import { createDataKeys } from '../../../core/secrets/data-keys.ts'
import { connectionParts } from '../../support/connection-parts.ts'
import { quietLog } from '../../support/migrated-database.ts'
import { type AdminFixture, createAdminFixture } from '../admin/admin-fixture.ts'
import { mappingDocument } from '../admin/fixture-plugins.ts'
import { rejects } from './use-bench.ts'

describe('records previewed with a mapping', () => {
  let fixture: AdminFixture
  let parts: ReturnType<typeof connectionParts>
  let preview: ReturnType<typeof createPreviewSubjects>
  before(async () => {
    fixture = await createAdminFixture()
    const { database, catalog } = fixture
    const configured = [{ id: 'k1', key: Buffer.alloc(32) }]
    const dataKeys = createDataKeys({ database, masterKeys: createMasterKeys(configured), configured })
    parts = connectionParts({ database, dataKeys })
    const nothing = async () => undefined
    const connections = createConnections({
      ...{ database, catalog, dataKeys, ...parts },
      createQueue: nothing,
      cancelJobs: nothing,
      wakeUp() {},
    })
    preview = createPreviewSubjects({ database, catalog, connections, log: quietLog })
  })
  after(async () => {
    await parts.http.close()
    await fixture.close()
  })

  const document = mappingDocumentSchema.parse(mappingDocument)
  const subjects = [
    { model: 'Order', id: '1' },
    { model: 'Order', id: 'gone' },
  ]
  const { signal } = new AbortController()
  const ask = (connectionId: string) => preview({ connectionId, document, subjects, signal })

  it('are told in their order, by the settings of the connection as they are now', async () => {
    const id = await fixture.addConnection({ name: 'With settings' })
    await fixture.sql(
      `update outbound_sync.connection set credentials = '{}', settings = settings || '{"token": "t"}' where id = $1`,
      [id],
    )
    const previews = await ask(id)
    assert.deepEqual(
      previews.map(({ subject, verdict }) => [subject.id, verdict]),
      [
        ['1', 'skipped'],
        ['gone', 'gone'],
      ],
    )
  })

  it('are refused where none could be sent, with the reason', async () => {
    await rejects(ask(crypto.randomUUID()), 'TransitionError', /does not exist any more/)
    const old = await fixture.addConnection({ name: 'Old', providerVersion: '9.9.9' })
    await fixture.sql(`update outbound_sync.connection set credentials = '{}' where id = $1`, [old])
    await rejects(ask(old), 'SyncConfigError', /is not loaded in version 9\.9\.9/)
    const sealed = await fixture.addConnection({ name: 'Sealed by others' })
    await rejects(ask(sealed), 'SecretError', /token/)
  })
})
