// One account at a provider: which version of it, for which scope, with which settings, sealed credentials
// and what was obtained with them (the grant), and whether it may send now.
import { defineEntity, p } from '@mikro-orm/core'

const ConnectionSchema = defineEntity({
  name: 'Connection',
  tableName: 'connection',
  properties: {
    id: p.uuid().primary(),
    provider: p.text(),
    providerVersion: p.text(),
    scope: p.text(),
    name: p.text(),
    environment: p.text().nullable(),
    copiedFrom: p.text().nullable(),
    settings: p.json().$type<Record<string, unknown>>().defaultRaw(`'{}'`),
    credentials: p.json().$type<Record<string, string>>().defaultRaw(`'{}'`),
    sealedGrant: p.text().nullable(),
    grantExpiresAt: p.datetime().columnType('timestamptz').nullable(),
    grantRevision: p.integer().defaultRaw(`0`),
    accountKey: p.text(),
    accountName: p.text().nullable(),
    epoch: p.integer().defaultRaw(`1`),
    state: p.text().$type<'draft' | 'active' | 'disabled' | 'deleted'>().defaultRaw(`'active'`),
    gate: p.text().$type<'open' | 'paused' | 'reconnect' | 'limited' | 'breaker'>().defaultRaw(`'open'`),
    gateUntil: p.datetime().columnType('timestamptz').nullable(),
    gateReason: p.text().nullable(),
    lastSuccessAt: p.datetime().columnType('timestamptz').nullable(),
    createdAt: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
    updatedAt: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
    deletedAt: p.datetime().columnType('timestamptz').nullable(),
  },
})

export class Connection extends ConnectionSchema.class {}
ConnectionSchema.setClass(Connection)
