// Changes what was bought: adds and cancels positions, changes prices, swaps items. The total follows, and with it whether
// the order is paid.
import type { EntityManager } from '@mikro-orm/postgresql'
import { z } from '../../core/sdk/index.ts'
import { allocateIds, positionCounts } from './allocate-ids.ts'
import type { Event } from './entities/event.entity.ts'
import { OrderPosition } from './entities/order-position.entity.ts'
import { SubEvent } from './entities/sub-event.entity.ts'
import { loadEventCatalogue } from './event-catalogue.ts'
import { insertPositions } from './insert-positions.ts'
import { addMoney, moneySchema, multiplyMoney, subtractMoney } from './money.ts'
import { orderReferenceSchema, positionInputSchema, positionidSchema, requestShape } from './order-input.ts'
import { settleStatus } from './order-payments.ts'
import type { OrderSummary } from './order-summary.ts'
import { releaseVouchers } from './order-vouchers.ts'
import { draftPositions, resolveProduct } from './position-draft.ts'
import { type OrderActionContext, runOrderAction } from './run-order-action.ts'
import type { Shop } from './shop-database.ts'
import { parseInput, ShopError } from './shop-error.ts'

const item = z.string().trim().min(1)
const operationSchema = z.discriminatedUnion('operation', [
  z.strictObject({ operation: z.literal('add'), position: positionInputSchema }),
  /** Its add-ons are canceled with it. */
  z.strictObject({ operation: z.literal('cancel'), positionid: positionidSchema }),
  z.strictObject({ operation: z.literal('change_price'), positionid: positionidSchema, price: moneySchema }),
  z.strictObject({
    operation: z.literal('change_item'),
    positionid: positionidSchema,
    item,
    variation: item.optional(),
    /** @default the price of the new item, times the quantity */
    price: moneySchema.optional(),
  }),
  z.strictObject({
    operation: z.literal('change_sub_event'),
    positionid: positionidSchema,
    subEvent: item.nullable(),
  }),
])
type Operation = z.output<typeof operationSchema>

const changeSchema = z.strictObject({
  order: orderReferenceSchema,
  operations: z.array(operationSchema).min(1).max(1000),
  ...requestShape,
})

export async function changeOrder(shop: Shop, input: z.input<typeof changeSchema>): Promise<OrderSummary> {
  const { operations, ...request } = parseInput(changeSchema, input, 'change an order')
  const { order } = await runOrderAction(shop, request, {
    move: 'change',
    signal: 'order_changed',
    act: (context) => applyOperations(operations, context),
  })
  return order
}

async function applyOperations(operations: readonly Operation[], context: OrderActionContext) {
  const { em, order } = context
  const before = await em.find(OrderPosition, { order }, { orderBy: { positionid: 'asc' } })
  const priceBefore = sumOfActive(before)
  for (const operation of operations) {
    if (operation.operation !== 'add') await applyToPosition(operation, { ...context, positions: before })
  }
  await addPositions(
    operations.flatMap((operation) => (operation.operation === 'add' ? [operation.position] : [])),
    { ...context, positions: before },
  )
  await em.flush()
  const after = await em.find(OrderPosition, { order })
  if (!after.some((position) => !position.isCanceled)) {
    throw new ShopError(`Cannot cancel the last position of order ${order.code}. Cancel the order instead.`)
  }
  // The difference, not the sum: an imported order keeps the rounding of where it came from.
  order.total = addMoney(order.total, subtractMoney(sumOfActive(after), priceBefore))
  await settleStatus(em, order)
  const changes = operations.map((operation) => ({
    operation: operation.operation,
    ...('positionid' in operation ? { positionid: operation.positionid } : {}),
  }))
  return { changes: [...changes, { field: 'total', to: order.total }] }
}

type PositionContext = OrderActionContext & { positions: readonly OrderPosition[] }

async function applyToPosition(
  operation: Exclude<Operation, { operation: 'add' }>,
  { em, order, event, positions }: PositionContext,
): Promise<void> {
  const position = positions.find(({ positionid }) => positionid === operation.positionid)
  if (!position) throw new ShopError(`Order ${order.code} has no position ${operation.positionid}.`)
  if (position.isCanceled) throw new ShopError(`Position ${operation.positionid} of order ${order.code} is canceled.`)
  switch (operation.operation) {
    case 'cancel': {
      const canceled = positions.filter(
        (candidate) => !candidate.isCanceled && (candidate === position || candidate.addonTo?.id === position.id),
      )
      for (const candidate of canceled) candidate.isCanceled = true
      await releaseVouchers(em, canceled)
      break
    }
    case 'change_price':
      position.price = operation.price
      break
    case 'change_item': {
      const catalogue = await loadEventCatalogue(em, event, [operation])
      const product = resolveProduct(operation, { catalogue, isImport: false })
      em.assign(position, {
        item: product.itemId,
        variation: product.variationId,
        price: operation.price ?? multiplyMoney(product.unitPrice, position.quantity),
      })
      break
    }
    case 'change_sub_event':
      position.subEvent = operation.subEvent === null ? null : await findSubEvent(em, event, operation.subEvent)
      break
  }
}

async function findSubEvent(em: EntityManager, event: Event, slug: string): Promise<SubEvent> {
  const subEvent = await em.findOne(SubEvent, { event, slug })
  if (!subEvent) throw new ShopError(`The event ${event.slug} has no sub-event "${slug}".`)
  return subEvent
}

async function addPositions(
  inputs: readonly z.output<typeof positionInputSchema>[],
  { em, order, event, positions, now }: PositionContext,
): Promise<void> {
  if (inputs.length === 0) return
  const catalogue = await loadEventCatalogue(em, event, inputs)
  const taken = positions.map(({ positionid, addonTo, isCanceled }) => ({
    positionid,
    canHaveAddons: addonTo === null && !isCanceled,
  }))
  const drafts = draftPositions(inputs, { catalogue, nameScheme: event.nameScheme, now, isImport: false }, taken)
  const mainIds = new Map(positions.map(({ positionid, id }) => [positionid, id]))
  await insertPositions(em, [{ orderId: order.id, drafts, mainIds }], await allocateIds(em, positionCounts(drafts)))
}

function sumOfActive(positions: readonly OrderPosition[]): string {
  return addMoney(...positions.filter(({ isCanceled }) => !isCanceled).map(({ price }) => price))
}
