// Takes pretix's webhooks. They say only that something about an order has changed; the order itself is read when it is sent.
// pretix sends again what is not answered with 2xx, so the answer comes when the jobs are written.
import { createHash, timingSafeEqual } from 'node:crypto'
import { type PluginReceiver, type ReceiverAnswer, type Signals, z } from '../../core/sdk/index.ts'
import { eventScope, orderId, orderReferenceSchema } from './order-reference.ts'
import { signalOf } from './webhook-signals.ts'

const notificationSchema = z.object({ action: z.string() })

export function createWebhookReceiver({
  webhookSecret,
  signals,
}: {
  webhookSecret: string
  signals: Signals
}): PluginReceiver {
  return {
    path: '/:secret',
    async receive({ params, body }): Promise<ReceiverAnswer> {
      if (!isSame(params.secret ?? '', webhookSecret)) return { status: 404 }
      const content = parseJson(body)
      if (content === undefined) return refused('The body is no JSON.')
      const notification = notificationSchema.safeParse(content)
      if (!notification.success) return refused(z.prettifyError(notification.error))
      const { action } = notification.data
      const signal = signalOf(action)
      if (signal === null) return { status: 200, body: { ignored: action } }
      const reference = orderReferenceSchema.safeParse(content)
      if (!reference.success) return refused(z.prettifyError(reference.error))
      const id = orderId(reference.data)
      await signals[signal].promise({
        scope: eventScope(reference.data),
        subjects: [{ model: 'Order', id }],
        changes: [{ action }],
        transaction: 'none',
      })
      return { status: 200, body: { taken: id } }
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refused(problem: string): ReceiverAnswer {
  return { status: 400, body: { error: `This is no notification of pretix. ${problem}` } }
}

// Hashed first: the comparison wants equal lengths and must not tell which one was right.
function isSame(given: string, wanted: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(given), hash(wanted))
}
