// An order as its page shows it: texts and addresses, no records.
import type { InvoiceAddress } from '../entities/invoice-address.entity.ts'
import type { OrderPosition } from '../entities/order-position.entity.ts'
import { addMoney, compareMoney, subtractMoney } from '../money.ts'
import { fullName } from '../name-scheme.ts'
import { type AddressColumn, addressColumnNames } from './address-fields.ts'
import { answerText } from './answer-text.ts'
import { checkInView } from './check-in-view.ts'
import { countryName } from './countries.ts'
import type { OrderParts } from './load-order.ts'
import { localeLabel } from './locale-options.ts'
import { offeredActions } from './offered-actions.ts'
import { canMove } from './order-moves.ts'
import { isWaitingForApproval, orderBadge, paymentBadge, paymentProviderLabel } from './order-words.ts'
import { positionTitle } from './position-title.ts'
import type { OnOrder } from './shop-page.ts'

export function orderView(found: OnOrder, parts: OrderParts, { canOperate, now }: { canOperate: boolean; now: Date }) {
  const { order, event, format } = found
  return {
    code: order.code,
    path: found.path,
    badge: orderBadge(order, now),
    total: format.money(order.total),
    placed: format.dateTime(order.placedAt),
    expires: format.dateTime(order.expiresAt),
    approved: order.approvedAt ? format.dateTime(order.approvedAt) : null,
    isWaitingForApproval: isWaitingForApproval(order),
    isPending: order.status === 'n',
    actions: canOperate ? offeredActions(order, now) : [],
    canModify: canOperate && canMove(order, 'modify'),
    money: moneyView(found, parts),
    buyer: {
      email: order.email,
      phone: order.phone,
      language: event.locales.length > 1 ? localeLabel(order.locale) : null,
      customer: order.customer && {
        identifier: order.customer.identifier,
        name: fullName(order.customer.nameParts ?? null),
      },
    },
    invoice: parts.invoiceAddress && invoiceLines(parts.invoiceAddress),
    positions: parts.positions
      .filter(({ addonTo }) => !addonTo)
      .map((position) => ({
        ...positionView(position, { found, parts, canOperate }),
        addons: parts.positions
          .filter(({ addonTo }) => addonTo?.id === position.id)
          .map((addon) => positionView(addon, { found, parts, canOperate })),
      })),
  }
}

function positionView(
  position: OrderPosition,
  { found, parts, canOperate }: { found: OnOrder; parts: OrderParts; canOperate: boolean },
) {
  const { order, format, path } = found
  const { positionid, isCanceled } = position
  return {
    positionid,
    path: `${path}/positions/${positionid}`,
    isCanceled,
    title: positionTitle(position),
    quantity: position.quantity,
    price: format.money(position.price),
    voucher: position.voucher?.code ?? null,
    subEvent: position.subEvent && { name: position.subEvent.name, at: format.dateTime(position.subEvent.dateFrom) },
    attendee: fullName(position.attendeeNameParts ?? null),
    email: position.attendeeEmail ?? null,
    address: addressLines(position),
    answers: (parts.answers.get(position.id) ?? []).map(({ question, text }) => ({
      question: question.text,
      text: answerText(question.type, text, format),
    })),
    checkIn: checkInView(position, { found, parts, canOperate }),
    canChange: canOperate && !isCanceled && (canMove(order, 'modify') || canMove(order, 'change')),
  }
}

function moneyView({ order, format }: OnOrder, { positions, payments }: OrderParts) {
  const sum = addMoney(...positions.filter(({ isCanceled }) => !isCanceled).map(({ price }) => price))
  const difference = subtractMoney(order.total, sum)
  const canceled = addMoney(...positions.filter(({ isCanceled }) => isCanceled).map(({ price }) => price))
  let open = order.total
  const rows = payments.map((payment) => {
    if (payment.state === 'confirmed') open = subtractMoney(open, payment.amount)
    return {
      badge: paymentBadge(payment),
      provider: paymentProviderLabel(payment.provider),
      amount: format.money(payment.amount),
      at: payment.paidAt ? format.date(payment.paidAt) : null,
      open: payment.state === 'confirmed' ? format.money(open) : null,
    }
  })
  const sign = compareMoney(open, '0')
  return {
    sum: format.money(sum),
    /** The rounding of where an imported order came from. */
    difference: compareMoney(difference, '0') === 0 ? null : format.money(difference),
    canceled: compareMoney(canceled, '0') === 0 ? null : format.money(canceled),
    total: format.money(order.total),
    payments: rows,
    open: format.money(sign < 0 ? subtractMoney('0', open) : open),
    openLabel: sign < 0 ? 'Paid too much' : 'Still to pay',
    isSettled: sign === 0,
  }
}

function invoiceLines(address: InvoiceAddress): string[] {
  return [
    ...[address.company, fullName(address.nameParts ?? null)].flatMap((line) => line || []),
    ...addressLines({ ...addressOf(address), company: null }),
    ...(address.vatId ? [`VAT number ${address.vatId}`] : []),
  ]
}

type Address = { [column in AddressColumn]?: string | null }

function addressOf(address: Address): Address {
  return Object.fromEntries(addressColumnNames.map((column) => [column, address[column]]))
}

/** As on an envelope. */
function addressLines({ company, street, zipcode, city, state, country }: Address): string[] {
  const place = [zipcode, city].filter(Boolean).join(' ')
  return [company, street, place, state, country && countryName(country)].flatMap((line) => line || [])
}
