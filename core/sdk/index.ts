// FACE for plugins (`outbound-sync/sdk`): the contracts and the few values a plugin needs. No I/O in this room.
export { z } from 'zod'
export {
  AuthenticationError,
  isErrorKind,
  MappingError,
  messageOf,
  NetworkError,
  OutboundSyncError,
  PermanentError,
  RateLimitedError,
  RejectedError,
  RequestTimeoutError,
  RetryableError,
  SyncConfigError,
  SyncError,
} from '../errors.ts'
export { assignProperties } from './assign-properties.ts'
export {
  type ApiKeyAuth,
  type Auth,
  type AuthAddress,
  type AuthMechanism,
  apiKeyAuth,
  type BasicAuth,
  basicAuth,
  type CredentialPlace,
  type DigestAuth,
  digestAuth,
  type OAuth2Auth,
  type OAuth2Options,
  type ObtainedSession,
  oauth2Auth,
  readSetCookie,
  type SessionAuth,
  type SessionLogin,
  sessionAuth,
} from './auth.ts'
export type * from './connect-tcp.ts'
export { type DefinitionKind, defineDefinitionKind } from './definition-kind.ts'
export * from './external-object-type.ts'
export { createFieldMaker, type FieldDeclaration, type FieldMaker } from './field-maker.ts'
export { fromDrizzle } from './from-drizzle.ts'
export { fromKnex } from './from-knex.ts'
export { fromKysely } from './from-kysely.ts'
export { fromMikroOrm } from './from-mikro-orm.ts'
export { fromNodePostgres } from './from-node-postgres.ts'
export { fromPrisma } from './from-prisma.ts'
export type * from './http-client.ts'
export type * from './log.ts'
export * from './mapping.ts'
export { didYouMean } from './near-name.ts'
export { isOwnHeader } from './own-headers.ts'
export type * from './page.ts'
export * from './plugin.ts'
export * from './property-value.ts'
export * from './provider.ts'
export type * from './receiver.ts'
export { secret, secretSettings } from './secret.ts'
export * from './signals.ts'
export * from './source-model.ts'
export * from './sync-object.ts'
export * from './transaction.ts'
export * from './user.ts'
