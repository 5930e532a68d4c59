// Every entity of the shop, listed by hand. Relations point one way, from the narrower record to the wider one.
import { Answer } from './answer.entity.ts'
import { AnswerOption } from './answer-option.entity.ts'
import { CheckIn } from './check-in.entity.ts'
import { CheckInList } from './check-in-list.entity.ts'
import { Customer } from './customer.entity.ts'
import { Event } from './event.entity.ts'
import { InvoiceAddress } from './invoice-address.entity.ts'
import { Item } from './item.entity.ts'
import { ItemCategory } from './item-category.entity.ts'
import { ItemVariation } from './item-variation.entity.ts'
import { Order } from './order.entity.ts'
import { OrderPosition } from './order-position.entity.ts'
import { Organizer } from './organizer.entity.ts'
import { Payment } from './payment.entity.ts'
import { Question } from './question.entity.ts'
import { QuestionOption } from './question-option.entity.ts'
import { SubEvent } from './sub-event.entity.ts'
import { Voucher } from './voucher.entity.ts'

export const shopEntities = [
  Organizer,
  Event,
  SubEvent,
  ItemCategory,
  Item,
  ItemVariation,
  Question,
  QuestionOption,
  CheckInList,
  Voucher,
  Customer,
  Order,
  OrderPosition,
  Answer,
  AnswerOption,
  CheckIn,
  InvoiceAddress,
  Payment,
] as const
