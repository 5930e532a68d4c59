// Vouchers of orders that are canceled or come back: their uses are counted down and up again.
import { LockMode } from '@mikro-orm/core'
import type { EntityManager } from '@mikro-orm/postgresql'
import type { OrderPosition } from './entities/order-position.entity.ts'
import { Voucher } from './entities/voucher.entity.ts'
import { redeemVoucher } from './position-draft.ts'

export async function releaseVouchers(em: EntityManager, positions: readonly OrderPosition[]): Promise<void> {
  for (const { voucher } of await withVouchers(em, positions)) {
    voucher.redeemedCount = Math.max(0, voucher.redeemedCount - 1)
  }
}

export async function redeemVouchersAgain(
  em: EntityManager,
  { positions, now }: { positions: readonly OrderPosition[]; now: Date },
): Promise<void> {
  for (const { position, voucher } of await withVouchers(em, positions)) {
    redeemVoucher(voucher, { itemId: position.item.id, now })
  }
}

// Locked in one order, so that two orders with the same vouchers do not wait for each other.
async function withVouchers(em: EntityManager, positions: readonly OrderPosition[]) {
  const ids = positions.flatMap((position) => position.voucher?.id ?? [])
  if (ids.length === 0) return []
  const vouchers = await em.find(
    Voucher,
    { id: { $in: ids } },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
  )
  const byId = new Map(vouchers.map((voucher) => [voucher.id, voucher]))
  return positions.flatMap((position) => {
    const voucher = position.voucher && byId.get(position.voucher.id)
    return voucher ? [{ position, voucher }] : []
  })
}
