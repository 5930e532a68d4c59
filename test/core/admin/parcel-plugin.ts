// A host with parcels in memory, and the provider of a remote that can be read: what a preview on a page is tried with.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import { definePlugin, type Plugin } from '../../../core/sdk/plugin.ts'
import { OutboundSyncProvider, type RemoteObject, type RemoteObjectQuery } from '../../../core/sdk/provider.ts'
import type { SourceField, SourceModel } from '../../../core/sdk/source-model.ts'
import type { AdminFixture } from './admin-fixture.ts'

export interface Parcel {
  code: string
  scope: string
  note: string
  state: string
  weight: string
}

const parcelDocument = [
  {
    key: 'parcels',
    sourceModel: 'Parcel',
    externalObjectType: 'parcel',
    when: { not: { field: 'state', oneOf: ['lost'] } },
    sourceIdField: 'code',
    externalIdField: 'number',
    propertyMappings: [
      { externalField: 'note', source: { field: 'note' } },
      {
        externalField: 'state',
        source: { field: 'state' },
        valueMap: { sent: 'on its way', lost: 'gone' },
        transforms: [{ name: 'uppercase' }, { name: 'prefix', text: '> ' }],
      },
      { externalField: 'kilos', source: { field: 'weight' }, updateMode: 'if_new' },
    ],
  },
  {
    key: 'labels',
    sourceModel: 'Parcel',
    externalObjectType: 'label',
    sourceIdField: 'code',
    externalIdField: 'number',
    propertyMappings: [{ externalField: 'parcel', source: { result: 'parcels', path: 'remoteId' } }],
  },
  {
    key: 'off',
    isEnabled: false,
    sourceModel: 'Parcel',
    externalObjectType: 'label',
    sourceIdField: 'code',
    externalIdField: 'number',
    propertyMappings: [],
  },
]

const field = (key: keyof Parcel, label: string, more: Partial<SourceField> = {}): SourceField => ({
  key,
  label,
  category: { label: 'Parcel', sortIndex: 1 },
  type: 'text',
  requiredInput: 'parcel',
  getter: ({ parcel }) => String(Reflect.get(Object(parcel), key)),
  ...more,
})

const fields = [
  field('code', 'Parcel code'),
  field('note', 'Note'),
  field('weight', 'Weight'),
  field('state', 'State', {
    type: 'choice',
    options: ['sent', 'lost'].map((key) => ({ key, label: key })),
    getter: ({ parcel }) => [String(Reflect.get(Object(parcel), 'state'))],
  }),
]

const pathOf = ({ externalObjectType, idValue }: RemoteObjectQuery) =>
  `/${externalObjectType}/${encodeURIComponent(idValue)}`

class ParcelSync extends OutboundSyncProvider<{ baseUrl: string }> {
  static override readonly identifier = 'parcel-sync'
  static override readonly displayName = 'Parcel service'
  static override readonly settings = z.object({ baseUrl: z.url() })
  static override readonly externalObjectTypes = [
    {
      name: 'parcel',
      label: 'Parcel of theirs',
      idFields: ['number'],
      fields: [
        { key: 'number', label: 'Number', type: 'text' as const },
        { key: 'note', label: 'Remark', type: 'text' as const },
        { key: 'state', label: 'Status', type: 'text' as const },
        { key: 'kilos', label: 'Weight in kilos', type: 'decimal' as const },
      ],
    },
  ]

  async syncObjectWithProperties(): Promise<null> {
    return null
  }

  override async readObject(query: RemoteObjectQuery): Promise<RemoteObject | null> {
    const { baseUrl } = this.context.settings
    const url = baseUrl + pathOf(query)
    const response = await query.http.request({ url, signal: query.signal, expectStatus: [404] })
    return response.status === 404 ? null : (response.json() as RemoteObject)
  }
}

export interface ParcelHost {
  plugin: Plugin
  parcels: Map<string, Parcel>
  /** What the remote answers, by path; anything else is a 404, a number that status. */
  remote: Map<string, object | number>
  /** Paths that were asked for. */
  asked: string[]
  baseUrl: string
  /** With its mapping in force. */
  connect(fixture: AdminFixture, connection?: { scope?: string }): Promise<string>
  stop(): void
}

export async function startParcelHost(): Promise<ParcelHost> {
  const parcels = new Map<string, Parcel>()
  const remote: ParcelHost['remote'] = new Map()
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(String(request.url))
    const answer = remote.get(String(request.url)) ?? 404
    response.writeHead(typeof answer === 'number' ? answer : 200, { 'content-type': 'application/json' })
    response.end(typeof answer === 'number' ? '{}' : JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // It listens on a port, so its address is no pipe's name.
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const isWithin = (parcel: Parcel, scope: string) => scope === '' || `${parcel.scope}/`.startsWith(`${scope}/`)
  const model: SourceModel = {
    name: 'Parcel',
    label: 'Parcel',
    labelPlural: 'Parcels',
    inputs: ['parcel'],
    nested: {},
    filters: [{ key: 'code', label: 'Code', type: 'text' }],
    fields: async () => fields,
    load: async (ids, { scope }) =>
      [...parcels]
        .filter(([id, parcel]) => ids.includes(id) && isWithin(parcel, scope))
        .map(([id, parcel]) => ({ id, label: parcel.code, scope: parcel.scope, inputs: { parcel }, nested: {} })),
    page: async (_after, { code }, { scope, limit }) => ({
      records: [...parcels]
        .filter(([, parcel]) => isWithin(parcel, scope) && (code === undefined || parcel.code === code))
        .map(([id, parcel]) => ({ id, scope: parcel.scope }))
        .slice(0, limit),
      next: null,
    }),
    count: async () => parcels.size,
  }
  return {
    parcels,
    remote,
    asked,
    baseUrl,
    plugin: definePlugin({
      name: 'parcel-plugin',
      version: '1.0.0',
      compatibility: '*',
      level: 'event',
      providers: [ParcelSync],
      setup: () => ({ sourceModels: [model] }),
    }),
    async connect(fixture, { scope = 'organizer:acme' } = {}) {
      const provider = { provider: 'parcel-sync', providerVersion: '1.0.0', name: 'Parcels' }
      const id = await fixture.addConnection({ ...provider, scope })
      await fixture.sql(
        `update outbound_sync.connection set settings = jsonb_build_object('baseUrl', $2::text), credentials = '{}' where id = $1`,
        [id, baseUrl],
      )
      await fixture.sql(
        `insert into outbound_sync.mapping_version (connection_id, version, document, author, published_at)
         values ($1, 1, $2, 'test', now())`,
        [id, JSON.stringify(parcelDocument)],
      )
      return id
    },
    stop: () => void server.close(),
  }
}
