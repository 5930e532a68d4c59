// Which addresses and names belong to the public internet. PURE. Read by egress-guard, which refuses all others.
import ipaddr from 'ipaddr.js'

/**
 * True for a globally routable unicast address. Everything that stands for another address (IPv4-mapped, NAT64, 6to4,
 * Teredo ...) is not: such a spelling can lead into a private network.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  if (parsed.kind() === 'ipv4') return true
  // ipaddr.js calls every unassigned IPv6 block unicast, also ::/96 with an IPv4 address inside. Only 2000::/3 is in use.
  const firstByte = parsed.toByteArray()[0] ?? 0
  return firstByte >> 5 === 1
}

const internalSuffixes = ['.localhost', '.local', '.localdomain', '.internal', '.home.arpa']

/** True for a name that only a private network can answer: a single label, or one of the reserved endings. */
export function isInternalName(hostname: string): boolean {
  return !hostname.includes('.') || internalSuffixes.some((suffix) => hostname.endsWith(suffix))
}
