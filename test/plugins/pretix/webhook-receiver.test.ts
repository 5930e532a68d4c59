// pretix's notifications on their way in: which signal each becomes, and who is turned away.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { createPretixReader, webhookSecret } from '../../support/pretix-reader.ts'

const reader = createPretixReader({ baseUrl: 'https://tickets.example.com', token: 'unused-token' })
after(() => reader.close())

const send = (body: unknown, secret = webhookSecret) =>
  reader.receiver.receive({
    params: { secret },
    query: {},
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

const notification = (action: string, more: Record<string, unknown> = {}) => ({
  notification_id: 123_455,
  organizer: 'acme',
  event: 'conf26',
  code: 'ABC37',
  action,
  ...more,
})

describe('the receiver of pretix', () => {
  const signals: Record<string, string> = {
    'pretix.event.order.placed': 'order_placed',
    'pretix.event.order.placed.require_approval': 'order_placed',
    'pretix.event.order.paid': 'order_paid',
    'pretix.event.order.canceled': 'order_canceled',
    'pretix.event.order.reactivated': 'order_reactivated',
    'pretix.event.order.expired': 'order_expired',
    'pretix.event.order.expirychanged': 'order_expiry_changed',
    'pretix.event.order.modified': 'order_modified',
    'pretix.event.order.contact.changed': 'order_modified',
    'pretix.event.order.approved': 'order_approved',
    'pretix.event.order.denied': 'order_denied',
    'pretix.event.order.changed.item': 'order_changed',
    'pretix.event.order.changed.cancel': 'order_changed',
    'pretix.event.order.changed.split': 'order_split',
    'pretix.event.order.changed.split_from': 'order_split',
    'pretix.event.order.payment.confirmed': 'order_changed',
    'pretix.event.order.refund.done': 'order_changed',
    'pretix.event.order.refund.created.externally': 'order_changed',
    'pretix.event.checkin': 'checkin_created',
    'pretix.event.checkin.reverted': 'checkin_annulled',
  }
  for (const [action, signal] of Object.entries(signals)) {
    it(`makes ${signal} of ${action}`, async () => {
      const answer = await send(notification(action, { orderposition_id: 905, checkin_list: 15 }))
      assert.deepEqual(answer, { status: 200, body: { taken: 'acme/conf26/ABC37' } })
      assert.deepEqual(reader.takeFired(), [
        {
          name: signal,
          event: {
            scope: 'organizer:acme/event:conf26',
            subjects: [{ model: 'Order', id: 'acme/conf26/ABC37' }],
            changes: [{ action }],
            transaction: 'none',
          },
        },
      ])
    })
  }

  it('passes over what says nothing about an order, and what it does not know', async () => {
    const others = [
      'pretix.event.orders.waitinglist.added',
      'pretix.event.item.changed',
      'pretix.subevent.added',
      'pretix.customer.created',
      'pretix.event.order.constructor',
      'acme.plugin.something',
      '',
    ]
    for (const action of others) {
      assert.deepEqual(await send({ action, organizer: 'acme' }), { status: 200, body: { ignored: action } })
    }
    assert.deepEqual(reader.takeFired(), [])
  })

  it('turns away everybody without the secret, whatever he says', async () => {
    for (const secret of ['', 'x', webhookSecret.toUpperCase(), `${webhookSecret}x`]) {
      assert.deepEqual(await send(notification('pretix.event.order.paid'), secret), { status: 404 })
      assert.deepEqual(await send('no JSON', secret), { status: 404 })
    }
    assert.deepEqual(reader.takeFired(), [])
  })

  const malformed: Record<string, [unknown, RegExp]> = {
    'is no JSON': ['{"action": ', /no JSON/],
    'is no object': ['[]', /expected object/],
    'names no action': [{ organizer: 'acme' }, /action/],
    'names no order': [notification('pretix.event.order.paid', { code: null }), /code/],
    'names an order that leads elsewhere': [notification('pretix.event.order.paid', { code: '../..' }), /order code/],
    'names an event that leads elsewhere': [notification('pretix.event.order.paid', { event: '..' }), /event/],
  }
  for (const [what, [body, problem]] of Object.entries(malformed)) {
    it(`says what is wrong with a message that ${what}`, async () => {
      const { status, body: said } = await send(body)
      assert.equal(status, 400)
      assert.match(JSON.stringify(said), /This is no notification of pretix\./)
      assert.match(JSON.stringify(said), problem)
      assert.deepEqual(reader.takeFired(), [])
    })
  }

  it('takes nothing when the jobs could not be written', async () => {
    reader.failNextSignal(new Error('the database is down'))
    await assert.rejects(send(notification('pretix.event.order.paid')), /the database is down/)
  })
})
