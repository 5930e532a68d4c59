// What keeps all connections of an account from sending: a rate limit, the breaker after an outage, and its own rate.
import { defineEntity, p } from '@mikro-orm/core'

const AccountGateSchema = defineEntity({
  name: 'AccountGate',
  tableName: 'account_gate',
  properties: {
    accountKey: p.text().primary(),
    limitedUntil: p.datetime().columnType('timestamptz').nullable(),
    limitedReason: p.text().nullable(),
    /** The last wait that was our own idea: the next one in a row is longer. */
    limitedSeconds: p.double().defaultRaw(`0`),
    /** Set while the breaker is open: when the next probe may be made. */
    breakerProbeAt: p.datetime().columnType('timestamptz').nullable(),
    breakerReason: p.text().nullable(),
    /** The breaker was closed then: tries before it no longer count, and calls grow from one. */
    recoveredAt: p.datetime().columnType('timestamptz').nullable(),
    /** How near to opening the breaker it was last told: 0, 50, 70, 90 or 100. */
    alertedPercent: p.smallint().defaultRaw(`0`),
    alertedAt: p.datetime().columnType('timestamptz').nullable(),
    /** All calls that were handed out are spent at this time. */
    rateFreeAt: p.datetime().columnType('timestamptz').nullable(),
  },
})

export class AccountGate extends AccountGateSchema.class {}
AccountGateSchema.setClass(AccountGate)
