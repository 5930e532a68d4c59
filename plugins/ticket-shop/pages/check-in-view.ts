// The doors of a position: when it passed which, where it can be checked in, and which check-in can be annulled.
import type { CheckIn } from '../entities/check-in.entity.ts'
import type { OrderPosition } from '../entities/order-position.entity.ts'
import type { Moment } from './event-format.ts'
import type { OrderParts } from './load-order.ts'
import { canMove } from './order-moves.ts'
import type { OnOrder } from './shop-page.ts'

export interface CheckInView {
  passings: readonly { list: string; words: string; at: Moment; isAnnulled: boolean }[]
  /** Names of the lists on which it can be checked in now. */
  openLists: readonly string[]
  /** Names of the lists on which it is checked in. */
  annullableLists: readonly string[]
}

export function checkInView(
  position: OrderPosition,
  { found, parts, canOperate }: { found: OnOrder; parts: OrderParts; canOperate: boolean },
): CheckInView {
  const { order, format } = found
  const checkIns = parts.checkIns.get(position.id) ?? []
  const lists = parts.checkInLists.map((list) => ({ list, last: lastOn(list.id, checkIns) }))
  const canCheckIn = canOperate && !position.isCanceled && position.item.isAdmission && canMove(order, 'check in')
  return {
    passings: checkIns.map(({ list, type, checkedInAt, annulledAt }) => ({
      list: list.name,
      words: type === 'entry' ? 'in' : 'out',
      at: format.dateTime(checkedInAt),
      isAnnulled: Boolean(annulledAt),
    })),
    openLists: lists
      .filter(({ list, last }) => {
        const isForIt = !list.subEvent || list.subEvent.id === position.subEvent?.id
        return canCheckIn && isForIt && last?.type !== 'entry'
      })
      .map(({ list }) => list.name),
    annullableLists: canOperate ? lists.filter(({ last }) => last).map(({ list }) => list.name) : [],
  }
}

function lastOn(listId: string, checkIns: readonly CheckIn[]): CheckIn | undefined {
  return checkIns.filter(({ list, annulledAt }) => list.id === listId && !annulledAt).at(-1)
}
