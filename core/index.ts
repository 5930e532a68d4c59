// FACE for hosts (`outbound-sync`): one function and its types. A plugin imports `outbound-sync/sdk` instead.
export type { OutboundSync, OutboundSyncOptions } from './instance.ts'
export { createOutboundSync } from './outbound-sync.ts'
