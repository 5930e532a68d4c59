// What a position is called: its item, with the variation.
import type { OrderPosition } from '../entities/order-position.entity.ts'

export function positionTitle({ item, variation }: Pick<OrderPosition, 'item' | 'variation'>): string {
  return variation ? `${item.name}, ${variation.name}` : item.name
}
