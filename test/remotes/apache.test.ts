// The conference's orders as documents on a real Apache httpd, behind its basic and its digest authentication.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { basicAuth, digestAuth } from '../../core/sdk/index.ts'
import { cancelOrder } from '../../plugins/ticket-shop/order-actions.ts'
import type { OrderSummary } from '../../plugins/ticket-shop/order-summary.ts'
import { type ApacheServer, apacheSkip, startApache } from './apache-server.ts'
import { type ConferenceShop, conferenceScope, openConference } from './conference-shop.ts'
import { documentProvider } from './document-provider.ts'

const kinds = [
  { place: 'basic', auth: basicAuth() },
  { place: 'digest', auth: digestAuth() },
] as const

for (const { place, auth } of kinds) {
  describe(`documents behind the ${place} authentication of a real Apache`, {
    skip: apacheSkip,
    timeout: 120_000,
  }, () => {
    const { provider, plugin } = documentProvider(`documents-${place}`, auth)
    let apache: ApacheServer
    let conference: ConferenceShop
    let orders: OrderSummary[]
    before(async () => {
      apache = await startApache()
      conference = await openConference(plugin)
    })
    after(async () => {
      await conference?.close()
      await apache?.stop()
    })
    const connect = (password: string) =>
      conference.instance.connect({
        provider,
        settings: { baseUrl: `${apache.origin}/${place}`, username: apache.username, password },
        scope: conferenceScope,
      })

    it('wait for the right password', async () => {
      await connect('a-wrong-password')
      const attendees = [['Ada Lovelace', 'ada@example.org']] as const
      orders = [
        await conference.place({ attendees, isPaid: true }),
        await conference.place({ attendees, isPaid: false }),
      ]
      const [outcome] = await conference.drain()
      assert.match(outcome ?? '', /^reconnect: /)
      assert.deepEqual(await apache.documents(place), {})
    })

    it('are written with it', async () => {
      await connect(apache.password)
      assert.deepEqual(new Set(await conference.drain()), new Set(['succeeded']))
      const wanted = orders.map(({ code, total }) => [`Bücher ${code}.json`, { total, name: null }])
      assert.deepEqual(await apache.documents(place), Object.fromEntries(wanted))
    })

    it('are left alone when they are sent once more, and removed with their order', async () => {
      const before = await apache.documents(place)
      await conference.sendAgain(orders)
      const objects = (await conference.instance.attempts()).slice(-orders.length).flatMap((one) => one.objects)
      assert.deepEqual(
        objects.filter(({ action }) => action !== 'nothing_to_do'),
        [],
      )
      assert.deepEqual(await apache.documents(place), before)

      const [first] = orders
      assert.ok(first)
      await cancelOrder(conference.shop, { order: { id: first.id } })
      assert.deepEqual(await conference.drain(), ['succeeded'])
      assert.deepEqual(Object.keys(await apache.documents(place)), [`Bücher ${orders[1]?.code}.json`])
    })
  })
}
