// Checks a position in at a door, and takes that back.
import type { PluginPage } from '../../../core/sdk/index.ts'
import { annulCheckIn, checkIn } from '../check-in.ts'
import { attempt } from './attempt.ts'
import { submittedValues } from './form-field.ts'
import { pageOfPosition } from './page-of-position.ts'
import { actorOf, backTo, type ShopPagesContext } from './shop-page.ts'

const doors = [
  { path: '/check-in', run: checkIn, done: 'is checked in at' },
  { path: '/annul', run: annulCheckIn, done: 'is no longer checked in at' },
] as const

export function createCheckInPages(context: ShopPagesContext): PluginPage[] {
  return doors.map(({ path, run, done }) =>
    pageOfPosition(context, {
      method: 'POST',
      path,
      async handle(request, { path: orderPath, order, position: { positionid } }) {
        const list = submittedValues(request.form).text('list')
        const { refusal } = await attempt(() =>
          run(context.shop, { order: { id: order.id }, positionid, list, actor: actorOf(request) }),
        )
        if (refusal !== null) return backTo(request, orderPath, { kind: 'error', text: refusal })
        return backTo(request, orderPath, { kind: 'success', text: `Position ${positionid} ${done} ${list}.` })
      },
    }),
  )
}
