// The addresses of the shop's pages, below the mounted application. An order's own is order-href.ts, which the source model
// shares.
export const shopPath = '/ticket-shop'

export function ordersPath({ organizer, event }: { organizer: string; event: string }): string {
  return `${shopPath}/orders/${organizer}/${event}`
}

export function placeOrderPath(event: { organizer: string; event: string }): string {
  return `${ordersPath(event)}/new`
}
