// The way out for a remote that speaks no HTTP, a database for example. core/http implements it. Types only: it is handed
// to a driver that takes its socket from elsewhere.
import type { Socket } from 'node:net'

/**
 * Opens a connection to a host that the egress guard lets through, and hands over the connected socket. Rejects with a
 * SyncConfigError for a private address, with a NetworkError or a RequestTimeoutError when nobody answers.
 */
export type ConnectTcp = (target: { host: string; port: number; signal?: AbortSignal }) => Promise<Socket>
