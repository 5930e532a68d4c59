// What the log says of signals that lead to nothing, and how often: so that nobody wonders why nothing arrives.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createClosedDoors } from '../../core/queue/closed-doors.ts'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance } from '../support/instance.ts'
import { createScriptedPlugin } from '../support/scripted-provider.ts'

interface Line {
  level: string
  reason: string
  scope: string
  msg: string
}

describe('a signal that leads to nothing', { timeout: 60_000 }, () => {
  let instance: Instance
  before(async () => {
    instance = await createInstance({ orderCount: 5, plugins: [createScriptedPlugin().plugin] })
  })
  after(() => instance.close())

  /** What was said since the last time, of the plugin "scripted". */
  let readLines = 0
  const said = (): Line[] => {
    const lines = instance.logLines.slice(readLines).map((line) => JSON.parse(line))
    readLines = instance.logLines.length
    return lines.filter(({ plugin, reason }) => plugin === 'scripted' && reason !== undefined)
  }
  const reasons = () => said().map(({ level, reason }) => `${level} ${reason}`)
  const place = async (given = {}) => {
    const event = { scope, subjects: [{ model: 'Order', id: '1' }], ...given }
    await instance.inTransaction((transaction) => instance.sync.signals.order_placed.promise({ ...event, transaction }))
  }
  const setActive = (isActive: boolean) =>
    instance.sync.operations.setPluginActive({ plugin: 'scripted', scope, isActive, actor: 'test' })
  const connect = (name: string, at: string) =>
    instance.sync.operations.ensureConnection({ provider: 'scripted', name, scope: at, settings: {}, actor: 'test' })
  const setState = (state: string, name: string) =>
    instance.rows('update outbound_sync.connection set state = $1 where name = $2', [state, name])

  it('says once that the plugin is off, where, and what to do', async () => {
    await place()
    await place()
    const [line, ...others] = said()
    assert.deepEqual(others, [])
    assert.deepEqual(
      { ...line, time: 0, pid: 0 },
      {
        level: 'info',
        time: 0,
        pid: 0,
        plugin: 'scripted',
        scope,
        signal: 'order_placed',
        subject: 'Order 1',
        reason: 'plugin_off',
        msg: `A signal leads to nothing: the plugin scripted is switched off for ${scope}. Switch it on under Plugins, or with operations.setPluginActive. What happens until then is sent by a backfill only.`,
      },
    )
    await place({ scope: 'organizer:other' })
    assert.deepEqual(
      said().map((one) => one.scope),
      ['organizer:other'],
    )
  })

  it('says it again when it was on in between', async () => {
    await setActive(true)
    await place()
    said()
    await setActive(false)
    await place()
    assert.deepEqual(reasons(), ['info plugin_off'])
    await setActive(true)
  })

  it('says that nothing is connected, or elsewhere only', async () => {
    const fresh = createScriptedPlugin({ name: 'lonely', level: 'instance' })
    const other = await createInstance({ plugins: [fresh.plugin] })
    try {
      await other.placeOrder('1')
      await other.placeOrder('2')
      const lines = other.logLines.filter((line) => line.includes('"plugin":"lonely"')).map((line) => JSON.parse(line))
      assert.deepEqual(
        lines.map(({ level, msg }) => [level, msg]),
        [
          [
            'warn',
            'A signal leads to nothing: there is no connection of the provider lonely yet. Make one under Connections, or with operations.ensureConnection. What happens until then is sent by a backfill only.',
          ],
        ],
      )
    } finally {
      await other.close()
    }
    await connect('Elsewhere', 'organizer:other')
    await place()
    const [line] = said()
    assert.equal(line?.reason, 'no_connection_here')
    assert.match(
      line?.msg ?? '',
      /no connection of the provider scripted serves .*; "Elsewhere" is for organizer:other\./,
    )
  })

  it('says that the connection is switched off or not finished, each when it comes to be so', async () => {
    await connect('Ours', scope)
    await place()
    assert.deepEqual(reasons(), [])
    await setState('disabled', 'Ours')
    await place()
    await place()
    const lines = said()
    assert.deepEqual(
      lines.map(({ reason }) => reason),
      ['connection_off'],
    )
    assert.match(lines[0]?.msg ?? '', /the connection "Ours" of the provider scripted is switched off\. Switch it on/)
    await setState('draft', 'Ours')
    await place()
    assert.deepEqual(reasons(), ['info connection_not_finished'])
    await setState('active', 'Ours')
    await place()
    assert.deepEqual(reasons(), [])
    await setState('disabled', 'Ours')
    await place()
    assert.deepEqual(reasons(), ['info connection_off'])
    await setState('active', 'Ours')
  })

  it('says once that no plugin listens to the signal', async () => {
    const fire = () =>
      instance.sync.signals.checkin_annulled.promise({
        ...{ scope, subjects: [{ model: 'Order', id: '1' }], transaction: 'none' as const },
      })
    await fire()
    await fire()
    const lines = instance.logLines.filter((line) => line.includes('"reason":"no_tap"')).map((line) => JSON.parse(line))
    assert.deepEqual(
      lines.map(({ signal, msg }) => [signal, msg]),
      [
        [
          'checkin_annulled',
          'A signal leads to nothing: no loaded plugin listens to checkin_annulled. The plugin whose provider is to send then names it in its taps: definePlugin({ taps: { checkin_annulled: ... } }).',
        ],
      ],
    )
  })

  it('says nothing of a change that came from the only connection it would be sent to', async () => {
    const { connectionId } = await connect('Ours', scope)
    await place({ origin: connectionId })
    assert.deepEqual(reasons(), [])
  })
})

describe('the memory of closed doors', () => {
  it('does not grow with the scopes of the host', () => {
    let lines = 0
    const count = () => {
      lines += 1
    }
    const doors = createClosedDoors({ log: { debug: count, info: count, warn: count, error: count } })
    const meet = (tenant: number) =>
      doors.plugin(
        {
          plugin: 'crm',
          signal: 'order_placed',
          event: { scope: `tenant:${tenant}`, subjects: [{ model: 'Order', id: '1' }] },
        },
        false,
      )
    for (let tenant = 0; tenant <= 10_000; tenant += 1) meet(tenant)
    assert.equal(lines, 10_001)
    meet(10_000)
    assert.equal(lines, 10_001, 'the newest are remembered')
    meet(0)
    assert.equal(lines, 10_002, 'the oldest was forgotten')
  })
})
