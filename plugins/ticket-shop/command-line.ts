// How the shop's commands read what was typed: lists, pairs, items, and which order is meant. And how they end: one line, and
// exit code 1 when the shop refuses.
import type { PluginCommand } from '../../core/sdk/index.ts'
import { isErrorKind, messageOf } from '../../core/sdk/index.ts'
import { Order } from './entities/order.entity.ts'
import type { NameInput } from './name-scheme.ts'
import type { OrderReference } from './order-input.ts'
import type { ShopDatabase } from './shop-database.ts'
import { ShopError } from './shop-error.ts'

export type CommandArguments = Parameters<PluginCommand['run']>[0]

/** Where a command writes; standard output and standard error unless a test listens. */
export interface CommandOutput {
  result(line: string): void
  refusal(line: string): void
}

export const terminal: CommandOutput = {
  result: (line) => process.stdout.write(`${line}\n`),
  refusal: (line) => process.stderr.write(`${line}\n`),
}

export const terminalActor = { id: 'terminal', name: 'Terminal' }

/** Runs an action that answers with its line of result. */
export async function runCommand(output: CommandOutput, action: () => Promise<string>): Promise<number> {
  try {
    output.result(await action())
    return 0
  } catch (error) {
    if (!isErrorKind(error, 'OutboundSyncError')) throw error
    output.refusal(messageOf(error))
    return 1
  }
}

/** A text option; undefined when it was not given. */
export function textOption({ options }: CommandArguments, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

export function requiredOption(args: CommandArguments, name: string): string {
  const value = textOption(args, name)
  if (value === undefined) throw new ShopError(`This needs the option --${name}.`)
  return value
}

export function integerOption(args: CommandArguments, name: string): number | undefined {
  const value = textOption(args, name)
  return value === undefined ? undefined : toInteger(value, `--${name}`)
}

/** `2,3` */
export function integerList(text: string, what: string): number[] {
  return splitList(text, ',').map((part) => toInteger(part, what))
}

export function splitList(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** `city=Berlin; street=Am Markt 1` */
export function parsePairs(text: string): Record<string, string> {
  return Object.fromEntries(
    splitList(text, ';').map((pair) => {
      const equals = pair.indexOf('=')
      if (equals < 1) throw new ShopError(`"${pair}" should be a pair such as city=Berlin.`)
      return [pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()]
    }),
  )
}

/** A name as a whole, or its parts: `given_name=Ada; family_name=Lovelace`. */
export function parseName(text: string): NameInput {
  return text.includes('=') ? parsePairs(text) : text
}

/** `diet=vegan; topics=databases|security; badge=` (an empty one takes the answer away). */
export function parseAnswers(text: string): Record<string, string | string[] | null> {
  return Object.fromEntries(
    Object.entries(parsePairs(text)).map(([identifier, value]) => {
      if (value === '') return [identifier, null]
      return [identifier, value.includes('|') ? splitList(value, '|') : value]
    }),
  )
}

/** `item[:variation][@sub-event][*quantity][=price]` */
export function parseItem(text: string) {
  const match = /^([^:@*=]+)(?::([^:@*=]+))?(?:@([^:@*=]+))?(?:\*(\d+))?(?:=(-?[\d.]+))?$/.exec(text)
  if (!match) throw new ShopError(`"${text}" should name an item as item[:variation][@sub-event][*quantity][=price].`)
  const [, item = '', variation, subEvent, quantity, price] = match
  return { item, variation, subEvent, price, ...(quantity ? { quantity: Number(quantity) } : {}) }
}

/** The order that CODE, `acme/conf26/CODE`, or CODE with --event names. */
export async function findOrderReference(database: ShopDatabase, args: CommandArguments): Promise<OrderReference> {
  const named = args.arguments[1]?.trim()
  if (!named) throw new ShopError('Name the order by its code, such as ABCDE or acme/conf26/ABCDE.')
  const parts = named.split('/')
  const event = parts.length === 3 ? parts.slice(0, 2).join('/') : textOption(args, 'event')
  const code = parts.at(-1) ?? ''
  if (event !== undefined) return { event, code }
  const orders = await database
    .openEntityManager()
    .find(Order, { code }, { fields: ['id', 'event.slug', 'event.organizer.slug'], limit: 3 })
  const [order, other] = orders
  if (!order) throw new ShopError(`There is no order ${code}.`)
  if (other) throw new ShopError(`Several events have an order ${code}. Say which with --event, such as acme/conf26.`)
  return { id: order.id }
}

function toInteger(text: string, what: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new ShopError(`${what} should be a whole number, not "${text}".`)
  return Number(text)
}
