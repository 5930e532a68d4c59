// The hardest case of each of the five systems, stored and read back with the tables as they are.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { MikroORM } from '@mikro-orm/postgresql'
import { ormOptions } from '../../../core/database/orm.ts'
import { BatchRequest } from '../../../core/records/batch-request.entity.ts'
import { Connection } from '../../../core/records/connection.entity.ts'
import { EnvironmentVariable } from '../../../core/records/environment-variable.entity.ts'
import { ExternalObject } from '../../../core/records/external-object.entity.ts'
import { InboundRecord } from '../../../core/records/inbound-record.entity.ts'
import { ProviderDefinition } from '../../../core/records/provider-definition.entity.ts'
import { RunEntry } from '../../../core/records/run-entry.entity.ts'
import { SyncJob } from '../../../core/records/sync-job.entity.ts'
import { SyncLink } from '../../../core/records/sync-link.entity.ts'
import { SyncRun } from '../../../core/records/sync-run.entity.ts'
import { createMigratedDatabase } from '../../support/migrated-database.ts'

describe('the records of the five systems', () => {
  let fixture: Awaited<ReturnType<typeof createMigratedDatabase>>
  let orm: MikroORM
  before(async () => {
    fixture = await createMigratedDatabase()
    orm = await MikroORM.init(ormOptions(fixture.database))
  })
  after(async () => {
    await orm.close()
    await fixture.drop()
  })

  const addConnection = async (provider: string, providerVersion = '1.0.0'): Promise<string> => {
    const em = orm.em.fork()
    const id = randomUUID()
    em.create(Connection, { id, provider, providerVersion, scope: '', name: providerVersion, accountKey: id })
    await em.flush()
    return id
  }

  const addRun = async (connectionId: string, phase: string): Promise<string> => {
    const em = orm.em.fork()
    const id = randomUUID()
    em.create(SyncRun, {
      id,
      connectionId,
      mode: 'incremental',
      sourceModel: 'Product',
      scope: '',
      phase,
      state: 'running',
      actor: 'schedule',
    })
    await em.flush()
    return id
  }

  const addLink = async (
    connectionId: string,
    link: { id: string; sentHash: string; run: string; customs?: unknown; stream?: string },
  ): Promise<void> => {
    const em = orm.em.fork()
    const object = em.create(ExternalObject, {
      connectionId,
      objectType: 'product',
      idField: 'sku',
      idValue: link.id,
      remoteId: `remote-${link.id}`,
      customs: link.customs ?? null,
    })
    await em.flush()
    em.create(SyncLink, {
      connectionId,
      sourceModel: 'Product',
      sourceId: link.id,
      stream: link.stream ?? '',
      mappingKey: 'product',
      subjectModel: 'Product',
      subjectId: link.id,
      externalObjectId: object.id,
      sentHash: link.sentHash,
      sentEpoch: 1,
      lastSeenRun: link.run,
    })
    await em.flush()
  }

  it('Ergonode: a product keeps its customs from the products phase to the relations phase', async () => {
    const connection = await addConnection('remote-app')
    const run = await addRun(connection, 'products')
    await addLink(connection, { id: 'SKU-1', sentHash: 'h1', run, customs: { remote_product: 4711 } })

    const em = orm.em.fork()
    for (const phase of ['products', 'relations']) {
      em.create(RunEntry, {
        runId: run,
        sourceModel: 'Product',
        sourceId: 'SKU-1',
        stream: '',
        phase,
        outcome: 'planned',
      })
    }
    const syncRun = await em.findOneOrFail(SyncRun, { id: run })
    syncRun.phase = 'relations'
    await em.flush()

    const reader = orm.em.fork()
    const object = await reader.findOneOrFail(ExternalObject, { connectionId: connection, idValue: 'SKU-1' })
    assert.deepEqual(object.customs, { remote_product: 4711 })
    const entries = await reader.find(RunEntry, { runId: run }, { orderBy: { phase: 'asc' } })
    assert.deepEqual(
      entries.map((entry) => entry.phase),
      ['products', 'relations'],
    )
  })

  it('Productsup: new, modified, unchanged and deleted rows follow from the links against the run', async () => {
    const connection = await addConnection('connector')
    const last = await addRun(connection, 'execution')
    for (const [id, sentHash] of [
      ['same', 'a'],
      ['changed', 'b'],
      ['gone', 'c'],
    ] as const) {
      await addLink(connection, { id, sentHash, run: last })
    }
    const input = [
      { id: 'same', hash: 'a' },
      { id: 'changed', hash: 'b2' },
      { id: 'fresh', hash: 'd' },
    ]
    const { rows } = await fixture.database.executeSql<{ id: string; delta: string }>(
      `select coalesce(input.id, link.source_id) as id,
              case when link.id is null then 'new' when input.id is null then 'deleted'
                   when link.sent_hash <> input.hash then 'modified' else 'unchanged' end as delta
       from jsonb_to_recordset($1::jsonb) as input (id text, hash text)
       full join (select * from outbound_sync.sync_link where connection_id = $2) link on link.source_id = input.id
       order by 1`,
      [JSON.stringify(input), connection],
    )
    assert.deepEqual(rows, [
      { id: 'changed', delta: 'modified' },
      { id: 'fresh', delta: 'new' },
      { id: 'gone', delta: 'deleted' },
      { id: 'same', delta: 'unchanged' },
    ])
  })

  it('Akinon: a batch is submitted and polled; a second one of the content type cannot commit meanwhile', async () => {
    const connection = await addConnection('marketplace')
    const em = orm.em.fork()
    const batch = em.create(BatchRequest, {
      connectionId: connection,
      stream: 'price',
      localBatchId: randomUUID(),
      state: 'commit',
    })
    await em.flush()
    for (const sourceId of ['1', '2']) {
      em.create(SyncJob, {
        connectionId: connection,
        scope: '',
        sourceModel: 'Product',
        sourceId,
        stream: 'price',
        state: 'submitted',
        openBatches: [batch.localBatchId],
        checkAt: new Date('2026-11-22T10:00:00Z'),
        expiresAt: new Date('2026-11-23T10:00:00Z'),
      })
    }
    await em.flush()

    const second = orm.em.fork()
    second.create(BatchRequest, {
      connectionId: connection,
      stream: 'price',
      localBatchId: randomUUID(),
      state: 'commit',
    })
    await assert.rejects(second.flush(), /batch_request_commit/)

    batch.state = 'ongoing'
    batch.remoteBatchId = 'remote-batch-9'
    batch.checkAt = new Date('2026-11-22T10:05:00Z')
    await em.flush()
    const reader = orm.em.fork()
    const polled = await reader.findOneOrFail(BatchRequest, { remoteBatchId: 'remote-batch-9' })
    assert.equal(polled.state, 'ongoing')
    assert.deepEqual(
      (await reader.find(SyncJob, { connectionId: connection, state: 'submitted' })).map((job) => job.openBatches),
      [[polled.localBatchId], [polled.localBatchId]],
    )
  })

  it('Eshopbox: two inbound records of one remote record are kept, a repeated delivery is not', async () => {
    const connection = await addConnection('shop-cart')
    const receive = async (dedupeKey: string, payload: unknown): Promise<void> => {
      const em = orm.em.fork()
      em.create(InboundRecord, { connectionId: connection, kind: 'order.updated', remoteId: 'R-1', dedupeKey, payload })
      await em.flush()
    }
    await receive('event-1', { status: 'packed' })
    await receive('event-2', { status: 'shipped' })
    await assert.rejects(receive('event-1', { status: 'packed' }), /inbound_record/)
    const records = await orm.em.fork().find(InboundRecord, { remoteId: 'R-1' }, { orderBy: { id: 'asc' } })
    assert.deepEqual(
      records.map((record) => record.payload),
      [{ status: 'packed' }, { status: 'shipped' }],
    )
  })

  it('pretix and Eshopbox: two versions of one provider serve connections side by side, each with its variables', async () => {
    const em = orm.em.fork()
    for (const version of ['1.0.0', '2.0.0']) {
      em.create(ProviderDefinition, {
        identifier: 'crm',
        version,
        kind: 'no_code',
        definition: { calls: [`/v${version[0]}/contacts`] },
        state: 'active',
      })
      em.create(EnvironmentVariable, {
        provider: 'crm',
        providerVersion: version,
        environment: 'live',
        name: 'SUBDOMAIN',
        value: `v${version[0]}`,
      })
    }
    await em.flush()
    const connections = [await addConnection('crm', '1.0.0'), await addConnection('crm', '2.0.0')]
    const { rows } = await fixture.database.executeSql(
      `select c.provider_version, d.definition -> 'calls' ->> 0 as call, v.value
       from outbound_sync.connection c
       join outbound_sync.provider_definition d on (d.identifier, d.version) = (c.provider, c.provider_version)
       join outbound_sync.environment_variable v using (provider, provider_version)
       where c.id = any($1::uuid[]) order by 1`,
      [connections],
    )
    assert.deepEqual(rows, [
      { provider_version: '1.0.0', call: '/v1/contacts', value: 'v1' },
      { provider_version: '2.0.0', call: '/v2/contacts', value: 'v2' },
    ])
  })
})
