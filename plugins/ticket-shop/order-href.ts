// Where the shop shows an order, relative to the host. The pages and the source model agree on it here.
export function orderHref({ organizer, event, code }: { organizer: string; event: string; code: string }): string {
  return `/ticket-shop/orders/${organizer}/${event}/${code}`
}
