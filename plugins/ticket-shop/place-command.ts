// `order place`: the options of the terminal as the input of placeOrders, and of `order modify` as far as they are the same.
import {
  type CommandArguments,
  integerOption,
  parseAnswers,
  parseItem,
  parseName,
  parsePairs,
  requiredOption,
  splitList,
  terminalActor,
  textOption,
} from './command-line.ts'
import type { PlaceOrdersInput } from './order-input.ts'
import { orderStatusLabels } from './order-status.ts'
import { placeOrders } from './place-order.ts'
import type { Shop } from './shop-database.ts'
import { ShopError } from './shop-error.ts'

export async function placeFromArguments(shop: Shop, args: CommandArguments): Promise<string> {
  const json = textOption(args, 'json')
  // placeOrders parses it.
  const order = (json === undefined ? orderOptions(args) : parseJson(json)) as PlaceOrdersInput['orders'][number]
  const count = integerOption(args, 'count') ?? 1
  const placed = await placeOrders(shop, {
    event: requiredOption(args, 'event'),
    orders: Array.from({ length: count }, () => order),
    actor: terminalActor,
  })
  const [first] = placed
  if (!first) throw new ShopError('Cannot place orders: --count should be at least 1.')
  if (placed.length > 1) return `Placed ${placed.length} orders, from ${first.code} to ${placed.at(-1)?.code}.`
  return `Placed order ${first.code}: ${orderStatusLabels[first.status]}, total ${first.total}.`
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ShopError(`--json is not JSON: ${error instanceof Error ? error.message : error}.`, { cause: error })
  }
}

export function attendeeOptions(args: CommandArguments) {
  const name = textOption(args, 'attendee')
  const email = textOption(args, 'attendeeEmail')
  const answers = textOption(args, 'answers')
  return {
    ...(name === undefined ? {} : { attendeeName: parseName(name) }),
    ...(email === undefined ? {} : { attendeeEmail: email }),
    ...(answers === undefined ? {} : { answers: parseAnswers(answers) }),
    ...parsePairs(textOption(args, 'address') ?? ''),
  }
}

export function invoiceOption(args: CommandArguments) {
  const text = textOption(args, 'invoice')
  return text === undefined ? undefined : parsePairs(text)
}

function orderOptions(args: CommandArguments) {
  const items = splitList(requiredOption(args, 'item'), ',').map(parseItem)
  const addons = splitList(textOption(args, 'addon') ?? '', ',').map(parseItem)
  const numbered = items.map((item, index) => ({ positionid: index + 1, ...item }))
  const [first, ...others] = numbered
  return {
    email: textOption(args, 'email'),
    phone: textOption(args, 'phone'),
    locale: textOption(args, 'locale'),
    customer: textOption(args, 'customer'),
    requiresApproval: args.options.requiresApproval === true,
    invoiceAddress: invoiceOption(args),
    positions: [
      { ...first, voucher: textOption(args, 'voucher'), ...attendeeOptions(args) },
      ...others,
      ...addons.map((addon) => ({ ...addon, addonTo: 1 })),
    ],
  }
}
