// FACE for hosts (`outbound-sync`): one function and its types. A plugin imports `outbound-sync/sdk` instead.
export { createOutboundSync, type OutboundSync, type OutboundSyncOptions } from './outbound-sync.ts'
