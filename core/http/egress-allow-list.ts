// The targets that the server's administrator allows beside the public internet: `host:port`, an origin, an address or a
// range of addresses (CIDR). Read by egress-guard.
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { OutboundSyncError } from '../errors.ts'

export interface EgressAllowList {
  /** Adds one entry. Throws when it is of none of the four forms. */
  add(entry: string): void
  hasTarget(target: { hostname: string; port: number }): boolean
  hasAddress(address: string): boolean
  /** True when at least one entry is an address or a range. */
  hasRanges(): boolean
}

export function createEgressAllowList(): EgressAllowList {
  const targets = new Set<string>()
  const ranges: [ipaddr.IPv4 | ipaddr.IPv6, number][] = []

  return Object.freeze({
    add(entry: string) {
      if (ipaddr.isValidCIDR(entry)) ranges.push(ipaddr.parseCIDR(entry))
      else if (isIP(entry)) ranges.push([ipaddr.parse(entry), isIP(entry) === 4 ? 32 : 128])
      else targets.add(targetKey(parseTarget(entry)))
    },
    hasTarget: (target: { hostname: string; port: number }) => targets.size > 0 && targets.has(targetKey(target)),
    hasAddress(address: string) {
      if (ranges.length === 0 || !ipaddr.isValid(address)) return false
      // An IPv4-mapped address reaches the IPv4 address inside it, so that one counts.
      const parsed = ipaddr.process(address)
      return ranges.some((range) => range[0].kind() === parsed.kind() && parsed.match(range))
    },
    hasRanges: () => ranges.length > 0,
  })
}

/** Lower case, without the brackets of IPv6 and the dot that ends a full name: one spelling for one host. */
export function normalizeHostname(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
}

const targetKey = ({ hostname, port }: { hostname: string; port: number }): string =>
  `${normalizeHostname(hostname)} ${port}`

function parseTarget(entry: string): { hostname: string; port: number } {
  const isOrigin = /^https?:\/\//i.test(entry)
  const url = URL.parse(isOrigin ? entry : `http://${entry}`)
  const isComplete = isOrigin || /:\d{1,5}$/.test(entry)
  const hasMore = url && (url.pathname !== '/' || url.search || url.hash || url.username || url.password)
  if (!url || !isComplete || hasMore || entry.includes('*')) {
    throw new OutboundSyncError(
      'config',
      `The entry "${entry}" of the egress allow list cannot be read. Write a host with its port (crm.example.com:8443), an origin (http://10.0.0.5:8080), an address (10.0.0.5) or a range (10.0.0.0/8).`,
    )
  }
  return { hostname: url.hostname, port: portOf(url) }
}

/** The port of a URL, also when it is the usual one of its scheme. */
export function portOf({ protocol, port }: { protocol: string; port: string }): number {
  if (port !== '') return Number(port)
  return protocol === 'https:' ? 443 : 80
}
