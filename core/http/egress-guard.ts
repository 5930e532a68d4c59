// Decides which hosts may be called, so that a URL typed into a form cannot reach what stands behind our firewall (SSRF).
// Addresses are judged at the moment of connecting, and the connection goes to exactly the judged address: a name that
// answers differently the second time (DNS rebinding) gains nothing. Used by guarded-connector.
import dns from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { SyncConfigError } from '../errors.ts'
import { createEgressAllowList, normalizeHostname } from './egress-allow-list.ts'
import { isInternalName, isPublicAddress } from './public-address.ts'

/** The code of every refusal. */
export const egressRefused = 'egress_refused'

export interface EgressGuard {
  /**
   * How a target may be connected: `trusted` at whatever address its name has, `checked` through `lookup`.
   * Throws a SyncConfigError for a private address in any spelling, and for a name of private networks.
   */
  judgeTarget(target: { hostname: string; port: number }): 'trusted' | 'checked'
  /** Resolves a name like dns.lookup; fails with the same SyncConfigError when one of its addresses is private. */
  lookup: LookupFunction
  /** Allows one origin at run time: the composition root does so for the services of plugins. */
  allowOrigin(origin: string): void
}

export type ResolveAll = (
  hostname: string,
  options: dns.LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: dns.LookupAddress[]) => void,
) => void

/**
 * @param allow targets beside the public internet, from the server's configuration: `host:port`, origin, address or CIDR
 * @param resolve how names are resolved. @default dns.lookup
 */
export function createEgressGuard({
  allow,
  resolve = dns.lookup,
}: {
  allow: readonly string[]
  resolve?: ResolveAll
}): EgressGuard {
  const allowed = createEgressAllowList()
  for (const entry of allow) allowed.add(entry)
  const mayReach = (address: string): boolean => isPublicAddress(address) || allowed.hasAddress(address)

  return Object.freeze({
    judgeTarget({ hostname, port }: { hostname: string; port: number }) {
      if (allowed.hasTarget({ hostname, port })) return 'trusted' as const
      const name = normalizeHostname(hostname)
      // With a range in the list an internal name may well be meant: then its addresses decide.
      const isRefused = isIP(name) ? !mayReach(name) : isInternalName(name) && !allowed.hasRanges()
      if (isRefused) throw egressRefusal({ hostname, port })
      return 'checked' as const
    },

    lookup(hostname, options, callback) {
      resolve(hostname, { ...options, all: true }, (error, addresses) => {
        const first = addresses?.[0]
        if (error) callback(error, [])
        else if (!first || !addresses.every(({ address }) => mayReach(address)))
          callback(egressRefusal({ hostname, port: null }), [])
        else if (options.all) callback(null, addresses)
        else callback(null, first.address, first.family)
      })
    },

    allowOrigin: (origin: string) => allowed.add(origin),
  } satisfies EgressGuard)
}

/** @param target.port null where it is not known: what is looked up is a name only */
export function egressRefusal({ hostname, port }: { hostname: string; port: number | null }): SyncConfigError {
  const name = normalizeHostname(hostname)
  const target = `${isIP(name) === 6 ? `[${name}]` : name}:${port ?? 'port'}`
  // The same words for all private targets, whether something listens there or not: the form must not become a port scanner.
  return new SyncConfigError(
    `"${hostname}" may not be called: only public internet addresses are allowed. Whoever runs this server can allow it with OUTBOUND_SYNC_EGRESS_ALLOW=${target} (or the option egressAllow).`,
    { code: egressRefused },
  )
}
