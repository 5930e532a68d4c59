// A connection whose mapping was published a few times, and the drafts, versions and audit entries of it.
import { createMappings, type Mappings } from '../../../../core/connections/mappings.ts'
import type { ObjectMappingInput } from '../../../../core/sdk/mapping.ts'
import type { Plugin } from '../../../../core/sdk/plugin.ts'
import { type ConnectionsFixture, createConnectionsFixture } from '../connections-fixture.ts'

export const deals: ObjectMappingInput = {
  key: 'deals',
  sourceModel: 'Order',
  externalObjectType: 'deal',
  sourceIdField: 'order_code',
  externalIdField: 'code',
  propertyMappings: [{ externalField: 'amount', source: { field: 'order_total' } }],
}
export const withEmail: ObjectMappingInput = {
  ...deals,
  propertyMappings: [
    ...deals.propertyMappings,
    { externalField: 'contact_email', source: { field: 'email' }, transforms: [{ name: 'lowercase' }] },
  ],
}

export interface MappedFixture extends ConnectionsFixture {
  mappings: Mappings
  /** A connection with these documents as its versions. */
  addMapped(
    documents: readonly unknown[],
    connection?: { provider?: string; scope?: string; name?: string },
  ): Promise<string>
  /** Makes it the draft, whatever the draft was. */
  saveDraft(connectionId: string, document: unknown, actor?: string): Promise<void>
  /** Newest first. */
  auditEntries(connectionId: string): Promise<Record<string, unknown>[]>
}

export async function createMappedFixture(options: { plugins?: readonly Plugin[] } = {}): Promise<MappedFixture> {
  const fixture = await createConnectionsFixture(options)
  const mappings = createMappings({ database: fixture.database })
  const saveDraft: MappedFixture['saveDraft'] = async (connectionId, document, actor = 'Ann') => {
    const draft = await mappings.draft(connectionId)
    await mappings.saveDraft({ connectionId, document, revision: draft?.revision ?? null, actor })
  }
  return {
    ...fixture,
    mappings,
    saveDraft,
    async addMapped(documents, { provider = 'crm', scope = 'organizer:acme', name = crypto.randomUUID() } = {}) {
      const providerVersion = provider === 'crm' ? '1.2.0' : '1.0.0'
      const id = await fixture.addConnection({ provider, providerVersion, scope, name })
      for (const [index, document] of documents.entries()) {
        await saveDraft(id, document, `Author ${index + 1}`)
        const draft = await mappings.draft(id)
        await mappings.publish({
          connectionId: id,
          revision: draft?.revision ?? null,
          over: index === 0 ? null : index,
          actor: `Author ${index + 1}`,
        })
      }
      return id
    },
    auditEntries: (id) =>
      fixture.sql(
        'select actor, action, before, after from outbound_sync.audit_entry where target = $1 order by id desc',
        [`connection:${id}`],
      ),
  }
}

/** The value of a field of the first form of a page that has one of that name. */
export function fieldIn(html: string, name: string): string | null {
  const pattern = new RegExp(`<input[^>]*name="${name}"[^>]*value="([^"]*)"`)
  return pattern.exec(html)?.[1] ?? null
}
