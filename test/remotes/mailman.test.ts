// The conference's orders in a real Mailman 3: who has a paid ticket is on the list, by the word of Mailman's own program.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import mailmanPlugin from '../../plugins/mailman/index.ts'
import { MailmanSync } from '../../plugins/mailman/provider.ts'
import { changeOrder } from '../../plugins/ticket-shop/change-order.ts'
import { modifyOrder } from '../../plugins/ticket-shop/modify-order.ts'
import { cancelOrder, markOrderPaid } from '../../plugins/ticket-shop/order-actions.ts'
import type { OrderSummary } from '../../plugins/ticket-shop/order-summary.ts'
import { type ConferenceShop, conferenceScope, openConference } from './conference-shop.ts'
import { type MailmanServer, mailmanSkip, startMailman } from './mailman-server.ts'

describe('a list of a real Mailman', { skip: mailmanSkip, timeout: 240_000 }, () => {
  let mailman: MailmanServer
  let conference: ConferenceShop
  let listId: string
  let orders: OrderSummary[]
  before(async () => {
    mailman = await startMailman()
    listId = await mailman.createList('attendees')
    conference = await openConference(mailmanPlugin)
    const { baseUrl, username, password } = mailman
    await conference.instance.connect({
      provider: MailmanSync,
      settings: { baseUrl, listId, username, password },
      scope: conferenceScope,
    })
  })
  after(async () => {
    await conference?.close()
    await mailman?.stop()
  })
  const members = () => mailman.roster(listId)

  it('gets everybody who has a paid ticket', async () => {
    orders = [
      await conference.place({
        attendees: [
          ['Ada Lovelace', 'ada@example.org'],
          ['Zoë Ångström', 'zoe@example.org'],
        ],
        isPaid: true,
      }),
      await conference.place({ attendees: [['Ada Lovelace', 'ada@example.org']], isPaid: true }),
      await conference.place({ attendees: [['Grace Hopper', 'grace@example.org']], isPaid: false }),
    ]
    const outcomes = await conference.drain()
    assert.deepEqual(
      outcomes.filter((one) => !/^(succeeded|nothing_to_do|skipped)/.test(one)),
      [],
    )
    assert.deepEqual(await members(), ['Ada Lovelace <ada@example.org>', 'Zoë Ångström <zoe@example.org>'])

    const [, , pending] = orders
    assert.ok(pending)
    await markOrderPaid(conference.shop, { order: { id: pending.id } })
    await conference.drain()
    assert.deepEqual(await members(), [
      'Ada Lovelace <ada@example.org>',
      'Grace Hopper <grace@example.org>',
      'Zoë Ångström <zoe@example.org>',
    ])
  })

  it('is left alone when everything is sent once more', async () => {
    const held = await (await mailman.call('GET', `lists/${listId}/roster/member`)).json()
    const outcomes = await conference.sendAgain(orders)
    assert.equal(outcomes.length, orders.length)
    const { instance } = conference
    const actions = (await instance.attempts()).slice(-orders.length).flatMap(({ objects }) => objects)
    assert.deepEqual(
      actions.filter(({ action }) => action !== 'nothing_to_do'),
      [],
    )
    assert.deepEqual(await (await mailman.call('GET', `lists/${listId}/roster/member`)).json(), held)
  })

  it('follows a name, and a ticket that was canceled', async () => {
    const [first] = orders
    assert.ok(first)
    const order = { id: first.id }
    const attendeeName = { given_name: 'Zoë', family_name: 'Strand' }
    await modifyOrder(conference.shop, { order, positions: [{ positionid: 2, attendeeName }] })
    await conference.drain()
    assert.ok((await members()).includes('Zoë Strand <zoe@example.org>'))

    await changeOrder(conference.shop, { order, operations: [{ operation: 'cancel', positionid: 2 }] })
    await conference.drain()
    assert.deepEqual(await members(), ['Ada Lovelace <ada@example.org>', 'Grace Hopper <grace@example.org>'])
  })

  it('keeps whom another order still brings, until that is canceled too', async () => {
    const [first, second] = orders
    assert.ok(first && second)
    await cancelOrder(conference.shop, { order: { id: first.id } })
    await conference.drain()
    assert.deepEqual(await members(), ['Ada Lovelace <ada@example.org>', 'Grace Hopper <grace@example.org>'])
    await cancelOrder(conference.shop, { order: { id: second.id } })
    await conference.drain()
    assert.deepEqual(await mailman.members(listId), ['Grace Hopper <grace@example.org>'])
  })
})
