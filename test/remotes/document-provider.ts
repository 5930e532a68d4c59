// A provider for a server that keeps documents by PUT, as WebDAV does: one JSON document an order, behind whatever sign-in is
// under test.
import {
  type Auth,
  definePlugin,
  mappingDocumentSchema,
  OutboundSyncProvider,
  type ProviderClass,
  type RemoteObjectQuery,
  type SyncObjectArgs,
  type SyncObjectResult,
  z,
} from '../../core/sdk/index.ts'

const settings = z.object({ baseUrl: z.url() })

export function documentProvider(
  name: string,
  auth: Auth,
): { provider: ProviderClass; plugin: ReturnType<typeof definePlugin> } {
  class DocumentSync extends OutboundSyncProvider<z.infer<typeof settings>> {
    static override readonly identifier = name
    static override readonly displayName = name
    static override readonly auth = auth
    static override readonly settings = settings
    static override readonly defaultMappings = mappingDocumentSchema.parse([
      {
        key: 'document',
        sourceModel: 'Order',
        externalObjectType: 'document',
        when: { field: 'order_status', oneOf: ['n', 'p'] },
        whenNoLonger: 'delete',
        sourceIdField: 'order_code',
        externalIdField: 'code',
        propertyMappings: [
          { externalField: 'total', source: { field: 'order_total' } },
          { externalField: 'name', source: { field: 'invoice_address_name' } },
        ],
      },
    ])

    override async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult> {
      const { http, signal, idValue } = args
      const url = this.#urlOf(idValue)
      const values = Object.fromEntries(args.properties.map(([field, value]) => [field, value]))
      const found = await http.request({ url, expectStatus: [404], signal })
      const wanted = JSON.stringify(values)
      if (found.status !== 404 && found.text === wanted) return { action: 'nothing_to_do', remoteId: idValue }
      await http.request({ method: 'PUT', url, body: wanted, signal })
      return { action: found.status === 404 ? 'created' : 'updated', remoteId: idValue }
    }

    override async deleteObject({ http, idValue, signal }: RemoteObjectQuery): Promise<SyncObjectResult> {
      const { status } = await http.request({
        method: 'DELETE',
        url: this.#urlOf(idValue),
        expectStatus: [404],
        signal,
      })
      return { action: status === 404 ? 'nothing_to_do' : 'deleted', remoteId: idValue }
    }

    #urlOf(code: string): string {
      // A name with letters of other languages: what is signed is what is sent.
      return `${this.context.settings.baseUrl}/${encodeURIComponent(`Bücher ${code}`)}.json`
    }
  }
  const plugin = definePlugin({
    ...{ name, version: '1.0.0', compatibility: '*', level: 'instance' as const, providers: [DocumentSync] },
    setup: ({ signals }) => ({
      taps: Object.fromEntries(
        Object.keys(signals).map((signal) => [
          signal,
          async (event) => {
            await DocumentSync.enqueueOrder(event, event.name)
          },
        ]),
      ),
    }),
  })
  return { provider: DocumentSync, plugin }
}
