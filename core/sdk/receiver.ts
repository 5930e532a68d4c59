// An address that other systems call, for example with their webhooks: it is handed a message and says what the caller is
// answered. Mounting it, reading the body, its limit and what is answered to a fault are the admin room's.
import type { PropertyValue } from './property-value.ts'

export interface ReceivedMessage {
  params: Readonly<Record<string, string>>
  query: Readonly<Record<string, string>>
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>
  /** As it was sent; written anew where the host has parsed it already and kept no raw body. */
  body: string
}

export interface ReceiverAnswer {
  status: number
  /** Sent as JSON. */
  body?: PropertyValue
}

/** Called by POST, by anybody, without a sign-in: it has to find out itself who is calling. */
export interface PluginReceiver {
  /** Below `/receive/` and the plugin's name, for example `/:secret`. */
  path: string
  /** What it throws is logged and answered with 500. */
  receive(message: ReceivedMessage): Promise<ReceiverAnswer>
}
