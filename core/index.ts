// FACE for hosts (`outbound-sync`): one function and its types, and the borders of the transactions a host fires in. A
// plugin imports `outbound-sync/sdk` instead.
export type { OutboundSync, OutboundSyncOptions } from './instance.ts'
export { createOutboundSync } from './outbound-sync.ts'
export { fromDrizzle } from './sdk/from-drizzle.ts'
export { fromKnex } from './sdk/from-knex.ts'
export { fromKysely } from './sdk/from-kysely.ts'
export { fromMikroOrm } from './sdk/from-mikro-orm.ts'
export { fromNodePostgres } from './sdk/from-node-postgres.ts'
export { fromPrisma } from './sdk/from-prisma.ts'
export type { TransactionBorder } from './sdk/transaction.ts'
