// The codes by which people name an order, and the secrets that open links and doors.
import { randomBytes, randomInt } from 'node:crypto'
import type { EntityManager } from '@mikro-orm/postgresql'
import type { Event } from './entities/event.entity.ts'
import { Order } from './entities/order.entity.ts'
import { ShopError } from './shop-error.ts'

// Without letters and digits that are mistaken for one another on paper.
const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ3789'

export function newSecret(): string {
  return randomBytes(12).toString('hex')
}

/** A code for each order: the wanted one if it is free, else a new one. */
export async function allocateOrderCodes(
  em: EntityManager,
  { event, wanted }: { event: Event; wanted: readonly (string | undefined)[] },
): Promise<string[]> {
  const given = wanted.filter((code) => code !== undefined)
  const used = new Set<string>()
  for (const code of given) {
    if (used.has(code)) throw new ShopError(`Two of these orders have the code ${code}.`)
    used.add(code)
  }
  const codes = wanted.map((code) => code ?? newOrderCode())
  const existing = await em.find(Order, { event, code: { $in: codes } }, { fields: ['code'] })
  const taken = new Set(existing.map((order) => order.code))
  const clash = given.find((code) => taken.has(code))
  if (clash) throw new ShopError(`The event ${event.slug} has an order ${clash} already.`)
  return codes.map((code, index) => {
    if (wanted[index] !== undefined) return code
    let free = code
    while (taken.has(free) || used.has(free)) free = newOrderCode()
    used.add(free)
    return free
  })
}

function newOrderCode(): string {
  return Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join('')
}
