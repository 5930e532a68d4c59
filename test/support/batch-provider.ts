// Plugins for the remote of batch-remote.ts: one that sends many objects in a call, one that sends each by itself; both
// look the answers up later. Tickets come first; the deal names their remote ids, so it needs their answers.
import { z } from 'zod'
import { RejectedError } from '../../core/errors.ts'
import { mappingDocumentSchema } from '../../core/sdk/mapping.ts'
import { definePlugin, type Plugin } from '../../core/sdk/plugin.ts'
import { type FinalizeArgs, OutboundSyncProvider } from '../../core/sdk/provider.ts'
import {
  type BatchAnswer,
  type SubmittedBatch,
  type SubmittedBatchQuery,
  type SyncObjectArgs,
  type SyncObjectResult,
  submitted,
} from '../../core/sdk/sync-object.ts'

const settings = z.object({ baseUrl: z.url(), checkAfterMs: z.number().default(0) })

const answerSchema = z.discriminatedUnion('isDone', [
  z.object({ isDone: z.literal(false) }),
  z.object({
    isDone: z.literal(true),
    results: z.array(
      z.object({
        key: z.string(),
        error: z.string().optional(),
        remoteId: z.string().optional(),
        isNew: z.boolean().optional(),
      }),
    ),
  }),
])

export interface BatchProviderLog {
  /** Order ids, in the order in which they were finalized. */
  finalized: FinalizeArgs[]
}

export function createBatchPlugin({
  name = 'batches',
  granularity = 'batch',
  batchSize = 100,
}: {
  name?: string
  granularity?: 'object' | 'batch'
  batchSize?: number
} = {}): { plugin: Plugin; log: BatchProviderLog } {
  const log: BatchProviderLog = { finalized: [] }

  class LateProvider extends OutboundSyncProvider<z.infer<typeof settings>> {
    static override readonly identifier: string = name
    static override readonly settings = settings
    static override readonly limits = { concurrency: 4, batchSize }
    static override readonly defaultMappings = mappingDocumentSchema.parse([
      {
        key: 'ticket',
        sourceModel: 'OrderPosition',
        externalObjectType: 'ticket',
        sourceIdField: 'id',
        externalIdField: 'id',
        propertyMappings: [{ externalField: 'item', source: { field: 'item' } }],
      },
      {
        key: 'deal',
        sourceModel: 'Order',
        externalObjectType: 'deal',
        sourceIdField: 'code',
        externalIdField: 'code',
        propertyMappings: [
          { externalField: 'total', source: { field: 'total' } },
          { externalField: 'tickets', source: { result: 'ticket', path: 'remoteId' } },
        ],
      },
    ])

    protected async submit(list: readonly SyncObjectArgs[]): Promise<SubmittedBatch> {
      const [first] = list
      if (!first) throw new TypeError('nothing to submit')
      const response = await first.http.request({
        method: 'POST',
        url: `${this.context.settings.baseUrl}/batches`,
        json: {
          objects: list.map((args) => ({
            type: args.mapping.externalObjectType,
            id: args.idValue,
            key: args.idempotencyKey,
            values: Object.fromEntries(args.properties.map(([field, value]) => [field, value])),
          })),
        },
        signal: first.signal,
      })
      const { id } = z.object({ id: z.string() }).parse(response.json())
      return submitted({ remoteBatchId: id, checkAt: new Date(Date.now() + this.context.settings.checkAfterMs) })
    }

    async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult | SubmittedBatch | null> {
      return this.submit([args])
    }

    override async checkBatch({ remoteBatchId, objects, http, signal }: SubmittedBatchQuery): Promise<BatchAnswer> {
      const { baseUrl, checkAfterMs } = this.context.settings
      const response = await http.request({ url: `${baseUrl}/batches/${remoteBatchId}`, signal })
      const answer = answerSchema.parse(response.json())
      if (!answer.isDone) return { isDone: false, checkAt: new Date(Date.now() + checkAfterMs) }
      const byKey = new Map(answer.results.map((result) => [result.key, result]))
      return {
        isDone: true,
        results: objects.map(({ idempotencyKey, idValue }) => {
          const result = byKey.get(idempotencyKey)
          if (!result) return new RejectedError(`The remote did not answer for ${idValue}`)
          if (result.error !== undefined) return new RejectedError(result.error)
          return {
            action: result.isNew ? 'created' : 'updated',
            remoteId: result.remoteId ?? '',
            note: `about ${idValue}`,
          }
        }),
      }
    }

    override async finalizeSync(args: FinalizeArgs): Promise<void> {
      log.finalized.push(args)
    }
  }

  class BatchProvider extends LateProvider {
    static override readonly granularity = 'batch'

    override async syncObjects(list: readonly SyncObjectArgs[]): Promise<SubmittedBatch[]> {
      const batch = await this.submit(list)
      return list.map(() => batch)
    }
  }

  const Provider = granularity === 'batch' ? BatchProvider : LateProvider
  const plugin = definePlugin({
    name,
    version: '1.0.0',
    compatibility: '*',
    level: 'instance',
    providers: [Provider],
    taps: {
      order_placed: async (event) => {
        await Provider.enqueueOrder(event, 'order_placed')
      },
    },
  })
  return { plugin, log }
}
