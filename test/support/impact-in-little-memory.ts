// A program for the test of impacts: counts the impact of a draft over many orders, in a heap that could not hold what it
// previews, and says what was counted.
import { createMappings } from '../../core/connections/mappings.ts'
import { createImpacts } from '../../core/runs/impacts.ts'
import { createOrderModel, scope } from './fixture-shop.ts'
import { createInstance, until } from './instance.ts'

const [orderCount = ''] = process.argv.slice(2)
const instance = await createInstance({ orderCount: Number(orderCount) })
const { connectionId, database } = instance
const mappings = createMappings({ database })
const published = await mappings.published(connectionId)
// Much for each record: what is previewed of all of them would not fit.
const note = `${scope} {code} `.repeat(40)
const document = published?.document.map((mapping) => ({
  ...mapping,
  propertyMappings: [
    ...mapping.propertyMappings,
    ...[1, 2, 3].map((n) => ({
      externalField: `note_${n}`,
      source: mapping.sourceModel === 'Order' ? { template: note } : { constant: note },
    })),
  ],
}))
await mappings.saveDraft({ connectionId, revision: null, document, actor: 'test' })
const model = createOrderModel(instance.pool)
const sourceModelOf = () => model
const impacts = createImpacts({
  database,
  catalog: { sourceModel: sourceModelOf, sourceModels: () => [model], sourceModelOf },
  mappings,
})
const { runId } = await impacts.start({ connectionId, actor: 'test' })
const startedAt = performance.now()
await instance.sync.worker.start()
let peak = 0
await until(async () => {
  peak = Math.max(peak, process.memoryUsage().heapUsed)
  return (await impacts.report(runId)).state === 'finished'
}, 240_000)
const seconds = (performance.now() - startedAt) / 1000
const { figures } = await impacts.report(runId)
await instance.close()
process.stdout.write(JSON.stringify({ figures, seconds, peak }))
