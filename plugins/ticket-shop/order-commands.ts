// The command `order`: every order action from the terminal. What is typed is only shaped here; the actions' own schemas
// judge it.
import type { PluginCommand } from '../../core/sdk/index.ts'
import { changeOrder } from './change-order.ts'
import { annulCheckIn, checkIn } from './check-in.ts'
import {
  type CommandArguments,
  type CommandOutput,
  findOrderReference,
  integerList,
  integerOption,
  parseItem,
  parsePairs,
  requiredOption,
  runCommand,
  splitList,
  terminalActor,
  textOption,
} from './command-line.ts'
import { modifyOrder } from './modify-order.ts'
import {
  approveOrder,
  cancelOrder,
  changeOrderExpiry,
  denyOrder,
  expireOrder,
  markOrderPaid,
  type OrderRequest,
  reactivateOrder,
} from './order-actions.ts'
import { orderOptions } from './order-options.ts'
import { orderStatusLabels } from './order-status.ts'
import type { OrderSummary } from './order-summary.ts'
import { attendeeOptions, invoiceOption, parseJson, placeFromArguments } from './place-command.ts'
import type { Shop } from './shop-database.ts'
import { ShopError } from './shop-error.ts'
import { splitOrder } from './split-order.ts'

type Action = (shop: Shop, args: CommandArguments, request: OrderRequest) => Promise<string>

// `place` has no order yet and stands apart.
const actions: Readonly<Record<string, Action>> = {
  async pay(shop, args, request) {
    const paidAt = textOption(args, 'at')
    return tell(await markOrderPaid(shop, { ...request, provider: textOption(args, 'provider'), paidAt }))
  },
  cancel: async (shop, _args, request) => tell(await cancelOrder(shop, request)),
  reactivate: async (shop, _args, request) => tell(await reactivateOrder(shop, request)),
  expire: async (shop, _args, request) => tell(await expireOrder(shop, request)),
  async extend(shop, args, request) {
    return tell(await changeOrderExpiry(shop, { ...request, expiresAt: requiredOption(args, 'expires') }))
  },
  approve: async (shop, _args, request) => tell(await approveOrder(shop, request)),
  deny: async (shop, _args, request) => tell(await denyOrder(shop, request)),
  modify: async (shop, args, request) => tell(await modifyOrder(shop, { ...request, ...modification(args) })),
  async change(shop, args, request) {
    return tell(await changeOrder(shop, { ...request, operations: operations(args) }))
  },
  async split(shop, args, request) {
    const positionids = integerList(requiredOption(args, 'positions'), '--positions')
    const { order, newOrders } = await splitOrder(shop, { ...request, positionids })
    return `${tell(order)} Split off: ${newOrders.map(({ code, total }) => `${code} (total ${total})`).join(', ')}.`
  },
  async checkin(shop, args, request) {
    const type = textOption(args, 'type') ?? 'entry'
    if (type !== 'entry' && type !== 'exit')
      throw new ShopError(`Cannot check in: --type is "${type}", not entry or exit.`)
    const order = await checkIn(shop, { ...request, ...door(args), type, at: textOption(args, 'at') })
    return `Checked ${type === 'exit' ? 'out' : 'in'}. ${tell(order)}`
  },
  async annul(shop, args, request) {
    return `Annulled the check-in. ${tell(await annulCheckIn(shop, { ...request, ...door(args) }))}`
  },
}

export function createOrderCommand(shop: Shop, output: CommandOutput): PluginCommand {
  const names = ['place', ...Object.keys(actions)]
  return {
    name: 'order',
    summary: `Place an order, or do something with one: ${names.join(', ')}`,
    arguments: [
      { name: 'action', summary: names.join(', '), isRequired: true },
      { name: 'code', summary: 'the order, as ABCDE or acme/conf26/ABCDE; not for place' },
    ],
    options: orderOptions,
    run: (args) =>
      runCommand(output, async () => {
        const name = args.arguments[0] ?? ''
        if (name === 'place') return placeFromArguments(shop, args)
        const action = Object.hasOwn(actions, name) ? actions[name] : undefined
        if (!action) throw new ShopError(`There is no action "${name}". Actions: ${names.join(', ')}.`)
        const order = await findOrderReference(shop.database, args)
        return action(shop, args, { order, actor: terminalActor })
      }),
  }
}

function tell({ code, status, total, version }: OrderSummary): string {
  return `Order ${code} is ${orderStatusLabels[status]} (total ${total}, version ${version}).`
}

function door(args: CommandArguments): { positionid: number; list: string } {
  return { positionid: integerOption(args, 'position') ?? 1, list: requiredOption(args, 'list') }
}

type Modification = Omit<Parameters<typeof modifyOrder>[1], 'order' | 'actor' | 'origin'>

function modification(args: CommandArguments): Modification {
  const json = textOption(args, 'json')
  // modifyOrder parses it.
  if (json !== undefined) return parseJson(json) as Modification
  const attendee = attendeeOptions(args)
  return {
    email: textOption(args, 'email'),
    phone: textOption(args, 'phone'),
    locale: textOption(args, 'locale'),
    invoiceAddress: invoiceOption(args),
    positions:
      Object.keys(attendee).length > 0 ? [{ positionid: integerOption(args, 'position') ?? 1, ...attendee }] : [],
  }
}

function operations(args: CommandArguments): Parameters<typeof changeOrder>[1]['operations'] {
  const pairs = (name: string) =>
    Object.entries(parsePairs(textOption(args, name) ?? '')).map(([position, value]) => ({
      positionid: integerList(position, `--${name}`)[0] ?? 0,
      value,
    }))
  const found: Parameters<typeof changeOrder>[1]['operations'] = [
    ...splitList(textOption(args, 'add') ?? '', ',').map((item) => ({
      operation: 'add' as const,
      position: parseItem(item),
    })),
    ...integerList(textOption(args, 'cancel') ?? '', '--cancel').map((positionid) => ({
      operation: 'cancel' as const,
      positionid,
    })),
    ...pairs('price').map(({ positionid, value }) => ({
      operation: 'change_price' as const,
      positionid,
      price: value,
    })),
    ...pairs('swap').map(({ positionid, value }) => {
      const { item, variation, price } = parseItem(value)
      return { operation: 'change_item' as const, positionid, item, variation, price }
    }),
  ]
  if (found.length === 0) throw new ShopError('Say what to change with --add, --cancel, --price or --swap.')
  return found
}
