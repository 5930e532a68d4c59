import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { PluginCommand } from '../../../core/sdk/index.ts'
import type { CommandOutput } from '../../../plugins/ticket-shop/command-line.ts'
import { createCustomerCommand } from '../../../plugins/ticket-shop/customer-command.ts'
import { createEventCommand } from '../../../plugins/ticket-shop/event-command.ts'
import { createOrderCommand } from '../../../plugins/ticket-shop/order-commands.ts'
import { createTicketShopContext, type TicketShopContext } from '../../support/ticket-shop-context.ts'

let test: TicketShopContext
let lines: string[] = []
let commands: Map<string, PluginCommand>
before(async () => {
  test = await createTicketShopContext()
  const output: CommandOutput = {
    result: (line) => lines.push(`out: ${line}`),
    refusal: (line) => lines.push(`err: ${line}`),
  }
  commands = new Map(
    [createOrderCommand, createCustomerCommand, createEventCommand].map((create) => {
      const command = create(test.shop, output)
      return [command.name, command]
    }),
  )
  await run('event', ['conference'])
})
after(() => test.close())

async function run(name: string, args: string[], options: Record<string, string | boolean> = {}) {
  const command = commands.get(name)
  assert.ok(command)
  lines = []
  const exitCode = await command.run({ arguments: args, options })
  assert.equal(lines.length, 1, 'one line, whatever happens')
  assert.doesNotMatch(lines[0] ?? '', /\n/)
  return `${exitCode} ${lines[0]}`
}
const order = (action: string, code = '', options: Record<string, string | boolean> = {}) =>
  run('order', [action, code], options)

async function place(options: Record<string, string | boolean> = {}): Promise<string> {
  const line = await order('place', '', { event: 'acme/conf26', item: 'conference-ticket:regular', ...options })
  const [, code] = /Placed order ([A-Z0-9]+)/.exec(line) ?? []
  assert.ok(code, line)
  return code
}

describe('the command order', () => {
  it('places an order with everything that can be said of it', async () => {
    await run('customer', ['create'], {
      organizer: 'acme',
      identifier: 'ADA',
      name: 'given_name=Ada; family_name=King',
    })
    const line = await order('place', '', {
      event: 'acme/conf26',
      item: 'conference-ticket:early-bird, workshop-seat@typescript=100',
      addon: 't-shirt:m*2',
      email: 'ada@example.org',
      customer: 'ADA',
      attendee: 'given_name=Ada; family_name=King',
      attendeeEmail: 'king@example.org',
      address: 'city=London; country=GB',
      answers: 'diet=vegan; topics=databases|security',
      invoice: 'company=Analytical Engines; name=Charles Babbage',
      voucher: 'FRIENDS26',
    })
    assert.match(line, /^0 out: Placed order [A-Z0-9]{5}: pending, total 238\.80\.$/)
    const [fired] = test.takeFired().filter(({ name }) => name === 'order_placed')
    assert.equal(fired?.actor?.name, 'Terminal')
    const [row] = await test.query(
      `select p.attendee_name_parts->>'given_name' as given, p.city, a.company,
         (select count(*)::int from ticket_shop.answer_option x join ticket_shop.answer n on n.id = x.answer_id
           where n.position_id = p.id) as options
       from ticket_shop.order_position p join ticket_shop.invoice_address a on a.order_id = p.order_id
       where p.order_id = $1 and p.positionid = 1`,
      [fired?.subjects[0]?.id],
    )
    assert.deepEqual(row, { given: 'Ada', city: 'London', company: 'Analytical Engines', options: 3 })
  })

  it('places from JSON, and many at once', async () => {
    const json = JSON.stringify({ email: 'a@b.example', positions: [{ item: 'dinner', quantity: 2 }] })
    assert.match(
      await order('place', '', { event: 'acme/conf26', json }),
      /^0 out: Placed order \w+: pending, total 91\.00/,
    )
    assert.match(
      await order('place', '', { event: 'acme/conf26', json, count: '25' }),
      /^0 out: Placed 25 orders, from \w+ to \w+\.$/,
    )
  })

  it('does every action', async () => {
    const code = await place({ attendee: 'Ada Lovelace' })
    const expects = async (line: Promise<string>, expected: RegExp) => assert.match(await line, expected)
    await expects(order('expire', code), /^0 out: Order \w+ is expired \(total 349\.00, version 2\)\.$/)
    await expects(order('extend', code, { expires: '2099-01-01T00:00:00Z' }), /is pending/)
    await expects(order('modify', code, { email: 'new@example.org', attendee: 'Grace Hopper' }), /^0 out: .*version 4/)
    await expects(order('modify', code, { json: '{"phone":"030 1234"}' }), /version 5/)
    await expects(order('change', code, { add: 'dinner, t-shirt:s=0' }), /total 394\.50, version 6/)
    await expects(order('change', code, { cancel: '3', price: '1=300.00', swap: '2=t-shirt:xl' }), /total 321\.90/)
    await expects(order('pay', code, { provider: 'cash', at: '2026-05-01T10:00:00Z' }), /is paid/)
    await expects(order('checkin', code, { list: 'Main entrance', position: '1' }), /^0 out: Checked in\. Order/)
    await expects(order('checkin', code, { list: 'Main entrance', position: '1', type: 'exit' }), /Checked out/)
    await expects(order('annul', code, { list: 'Main entrance', position: '1' }), /Annulled the check-in/)
    await expects(order('split', code, { positions: '2' }), /Split off: \w+ \(total 21\.90\)/)
    await expects(order('cancel', code), /is canceled/)
    await expects(order('reactivate', code), /is paid/)
    await expects(order('approve', await place({ requiresApproval: true })), /is pending/)
    await expects(order('deny', await place({ requiresApproval: true })), /is canceled/)
  })

  it('finds an order by its code alone, with its event, and says when a code is not enough', async () => {
    const code = await place()
    await run('event', ['copy', 'acme/conf26'], { to: 'twin' })
    assert.match(await order('expire', `acme/conf26/${code}`), /^0/)
    assert.match(await order('extend', code, { event: 'acme/conf26', expires: '2099-01-01T00:00:00Z' }), /^0/)
    const json = JSON.stringify({ code, positions: [{ item: 'dinner' }] })
    await order('place', '', { event: 'acme/twin', json })
    assert.equal(
      await order('pay', code),
      `1 err: Several events have an order ${code}. Say which with --event, such as acme/conf26.`,
    )
    assert.match(await order('pay', code, { event: 'acme/twin' }), /^0/)
  })

  it('refuses bad input with one clear line and exit code 1', async () => {
    const code = await place()
    const refuses = async (line: Promise<string>, expected: RegExp) => assert.match(await line, expected)
    await refuses(order('eat', code), /^1 err: There is no action "eat"\. Actions: place, pay, cancel/)
    await refuses(order('constructor', code), /^1 err: There is no action/)
    await refuses(order('pay'), /^1 err: Name the order by its code/)
    await refuses(order('pay', 'NOPE1'), /^1 err: There is no order NOPE1/)
    await refuses(order('pay', 'acme/conf26/NOPE1'), /^1 err: The event acme\/conf26 has no order NOPE1/)
    await refuses(order('place', '', { item: 'dinner' }), /^1 err: This needs the option --event/)
    await refuses(order('place', '', { event: 'acme/conf26' }), /^1 err: This needs the option --item/)
    await refuses(
      order('place', '', { event: 'conf26', item: 'dinner' }),
      /^1 err: Cannot place orders: event: must name/,
    )
    await refuses(order('place', '', { event: 'acme/conf26', item: 'a:b:c' }), /^1 err: "a:b:c" should name an item as/)
    await refuses(order('place', '', { event: 'acme/conf26', json: '{' }), /^1 err: --json is not JSON/)
    await refuses(
      order('place', '', { event: 'acme/conf26', item: 'dinner', count: '0' }),
      /^1 err: Cannot place orders/,
    )
    await refuses(order('place', '', { event: 'acme/conf26', item: 'dinner', address: 'Berlin' }), /should be a pair/)
    await refuses(order('place', '', { event: 'acme/conf26', item: 'dinner', address: 'planet=Mars' }), /planet/)
    await refuses(order('extend', code), /^1 err: This needs the option --expires/)
    await refuses(
      order('extend', code, { expires: 'tomorrow' }),
      /^1 err: Cannot change the expiry of an order: expiresAt/,
    )
    await refuses(order('change', code), /^1 err: Say what to change/)
    await refuses(order('change', code, { cancel: 'one' }), /^1 err: --cancel should be a whole number, not "one"/)
    await refuses(order('modify', code), /^1 err: Cannot modify an order: name at least one thing/)
    await refuses(order('checkin', code, { list: 'Main entrance', type: 'sideways' }), /^1 err: Cannot check in/)
    await refuses(run('customer', ['delete']), /^1 err: The only action on customers is "create"/)
    await refuses(run('event', ['copy']), /^1 err: Say "event conference"/)
  })

  it('declares options that its actions know', () => {
    for (const command of commands.values()) {
      for (const { flags, summary } of command.options ?? []) {
        assert.match(flags, /^--[a-z-]+( <[a-z]+>)?$/)
        assert.ok(summary)
      }
    }
  })
})
