// A form is filled in for as long as a telephone call takes. Whoever changes the same order meanwhile must not be
// overwritten unseen: the form knows the version it was made from.
import type { Order } from '../entities/order.entity.ts'
import type { FormValues } from './form-field.ts'
import type { FormProblems } from './form-problems.ts'

/** The form shown again carries the new version, so that sending it once more is a decision. */
export function addVersionProblem(
  order: Order,
  { values, problems }: { values: FormValues; problems: FormProblems },
): void {
  if (values.text('version') === String(order.version)) return
  problems.addGeneral(
    `Order ${order.code} was changed by somebody else meanwhile. What you typed is still here: compare it with the order, then send it again.`,
  )
}
