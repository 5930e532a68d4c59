// The Demo CRM's provider at work on contacts, against a real Demo CRM.
import assert from 'node:assert/strict'
import type { KnownObject, MappingMode, Property, SyncObjectArgs, SyncObjectResult } from '../../core/sdk/index.ts'
import { DemoCrmSync } from '../../plugins/demo-crm/provider.ts'
import { type DemoCrmInstance, startDemoCrm } from './demo-crm-instance.ts'
import { createRecordingHttpClient, type RecordingHttpClient } from './recording-http-client.ts'
import { refuseTcp } from './refuse-tcp.ts'
import { syncArgs } from './sync-args.ts'

interface Contact {
  email: string
  properties?: readonly Property[]
  known?: KnownObject | null
  mode?: MappingMode
}

export interface ContactSync {
  crm: DemoCrmInstance
  http: RecordingHttpClient
  provider(baseUrl?: string): DemoCrmSync
  argsOf(contact: Contact): SyncObjectArgs
  sync(contact: Contact): Promise<SyncObjectResult | null>
  /** Creates the contact ada@example.org and forgets the calls. */
  createAda(properties?: readonly Property[]): Promise<KnownObject>
  /** The properties of all objects in the order of their ids. */
  stored(): Promise<Record<string, unknown>[]>
  /** Deletes all objects over there; ids begin at 1 again. */
  clear(): Promise<void>
  stop(): Promise<void>
}

export async function startContactSync(): Promise<ContactSync> {
  const crm = await startDemoCrm()
  const http = createRecordingHttpClient()
  const provider = (baseUrl = crm.origin): DemoCrmSync => {
    const connection = { id: 'c1', name: 'CRM', scope: '' }
    return new DemoCrmSync({
      connection,
      settings: { baseUrl },
      mappings: [],
      http,
      connectTcp: refuseTcp,
      log: crm.log,
    })
  }
  const argsOf = ({ email, ...rest }: Contact): SyncObjectArgs =>
    syncArgs({ http, externalObjectType: 'contact', externalIdField: 'email', idValue: email, ...rest })
  const sync = (contact: Contact): Promise<SyncObjectResult | null> =>
    provider().syncObjectWithProperties(argsOf(contact))
  return {
    crm,
    http,
    provider,
    argsOf,
    sync,
    async createAda(properties = [['name', 'Ada', 'overwrite']]) {
      const result = await sync({ email: 'ada@example.org', properties })
      assert.equal(result?.action, 'created')
      http.takeCalls()
      return {
        remoteId: String(result?.remoteId),
        idValue: 'ada@example.org',
        customs: null,
        sentValues: Object.fromEntries(properties.map(([key, value]) => [key, value])),
      }
    },
    async stored() {
      const { rows } = await crm.executeSql('select properties from demo_crm.object order by id', [])
      // The column is an object of properties.
      return rows.map((row) => row.properties as Record<string, unknown>)
    },
    async clear() {
      await crm.executeSql('truncate demo_crm.object restart identity', [])
      http.takeCalls()
    },
    async stop() {
      await http.close()
      await crm.stop()
    },
  }
}
