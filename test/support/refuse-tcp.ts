// For providers under test that open no connection of their own.
import type { ConnectTcp } from '../../core/sdk/connect-tcp.ts'

export const refuseTcp: ConnectTcp = ({ host, port }) =>
  Promise.reject(new Error(`this test opens no connection, not to ${host}:${port}`))
