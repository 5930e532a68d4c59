// An action of a clerk on a whole order: its button, the page that asks what it needs to know, and what it does.
import type { Order } from '../entities/order.entity.ts'
import type { OrderMove } from '../order-status.ts'
import type { OrderSummary } from '../order-summary.ts'
import type { Shop } from '../shop-database.ts'
import type { FormField, FormValues } from './form-field.ts'
import type { FormProblems } from './form-problems.ts'
import type { OnOrder } from './shop-page.ts'

export interface OrderAction {
  /** The last part of its address. */
  key: string
  move: OrderMove
  label: string
  look: 'primary' | 'secondary' | 'danger'
  /** Narrows where the move is allowed. @default everywhere */
  isOffered?(order: Order, now: Date): boolean
  /** Null: the button does it at once. */
  page: ActionPage | null
  /** Null when the form is wrong, which `problems` then says. */
  run(request: ActionRequest): Promise<OrderSummary | null>
  done(order: OrderSummary): string
}

export interface ActionPage {
  /** What will happen. */
  sentences(found: OnOrder): Promise<string[]>
  fields(values: FormValues, found: OnOrder): FormField[]
  preset(now: Date, found: OnOrder): Record<string, string>
}

export interface ActionRequest {
  shop: Shop
  /** What every order action takes. */
  common: { order: { id: string }; actor: { id: string; name: string } }
  found: OnOrder
  now: Date
  values: FormValues
  fields: readonly FormField[]
  problems: FormProblems
}

/** A page that only says what will happen. */
export function confirmation(...sentences: string[]): ActionPage {
  return { sentences: async () => sentences, fields: () => [], preset: () => ({}) }
}
