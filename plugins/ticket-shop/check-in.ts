// Checks positions in and out at a door, and takes a check-in back.
import type { EntityManager } from '@mikro-orm/postgresql'
import { z } from '../../core/sdk/index.ts'
import { CheckIn, checkInTypes } from './entities/check-in.entity.ts'
import { CheckInList } from './entities/check-in-list.entity.ts'
import type { Event } from './entities/event.entity.ts'
import { OrderPosition } from './entities/order-position.entity.ts'
import { instantSchema, orderReferenceSchema, positionidSchema, requestShape } from './order-input.ts'
import type { OrderSummary } from './order-summary.ts'
import { type OrderActionContext, runOrderAction } from './run-order-action.ts'
import type { Shop } from './shop-database.ts'
import { parseInput, ShopError } from './shop-error.ts'

const doorSchema = z.strictObject({
  order: orderReferenceSchema,
  positionid: positionidSchema,
  /** The name of the check-in list. */
  list: z.string().trim().min(1),
  ...requestShape,
})
const checkInSchema = doorSchema.extend({
  type: z.enum(checkInTypes).default('entry'),
  /** @default now */
  at: instantSchema.optional(),
})

export async function checkIn(shop: Shop, input: z.input<typeof checkInSchema>): Promise<OrderSummary> {
  const { positionid, list: listName, type, at, ...request } = parseInput(checkInSchema, input, 'check in')
  const { order } = await runOrderAction(shop, request, {
    move: 'check in',
    signal: 'checkin_created',
    async act(context) {
      const { position, list, last } = await findDoor(context, { positionid, list: listName })
      const what = `position ${positionid} of order ${context.order.code}`
      if (position.isCanceled) throw new ShopError(`Cannot check in ${what}: it is canceled.`)
      if (list.subEvent && list.subEvent.id !== position.subEvent?.id) {
        throw new ShopError(`Cannot check in ${what}: the list "${list.name}" is for another date.`)
      }
      if (type === 'entry' && last?.type === 'entry') {
        throw new ShopError(`Cannot check in ${what}: it is checked in on "${list.name}" already.`)
      }
      if (type === 'exit' && last?.type !== 'entry') {
        throw new ShopError(`Cannot check out ${what}: it is not checked in on "${list.name}".`)
      }
      context.em.create(CheckIn, { position, list, type, checkedInAt: at ?? context.now })
      return { changes: [{ positionid, list: list.name, type }] }
    },
  })
  return order
}

/** Takes back the last check-in of a position on a list. */
export async function annulCheckIn(shop: Shop, input: z.input<typeof doorSchema>): Promise<OrderSummary> {
  const { positionid, list: listName, ...request } = parseInput(doorSchema, input, 'annul a check-in')
  const { order } = await runOrderAction(shop, request, {
    move: 'annul a check-in of',
    signal: 'checkin_annulled',
    async act(context) {
      const { list, last } = await findDoor(context, { positionid, list: listName })
      if (!last) {
        throw new ShopError(
          `Position ${positionid} of order ${context.order.code} has no check-in on "${list.name}" to annul.`,
        )
      }
      last.annulledAt = context.now
      return { changes: [{ positionid, list: list.name, type: last.type }] }
    },
  })
  return order
}

async function findDoor(
  { em, order, event }: OrderActionContext,
  { positionid, list: listName }: { positionid: number; list: string },
): Promise<{ position: OrderPosition; list: CheckInList; last: CheckIn | null }> {
  const position = await em.findOne(OrderPosition, { order, positionid })
  if (!position) throw new ShopError(`Order ${order.code} has no position ${positionid}.`)
  const list = await findList(em, event, listName)
  const last = await em.findOne(
    CheckIn,
    { position, list, annulledAt: null },
    { orderBy: { checkedInAt: 'desc', id: 'desc' } },
  )
  return { position, list, last }
}

async function findList(em: EntityManager, event: Event, name: string): Promise<CheckInList> {
  const lists = await em.find(CheckInList, { event }, { orderBy: { id: 'asc' } })
  const list = lists.find((candidate) => candidate.name === name)
  if (list) return list
  const known = lists.map((candidate) => `"${candidate.name}"`).join(', ') || 'none'
  throw new ShopError(`The event ${event.slug} has no check-in list "${name}". Its lists: ${known}.`)
}
