// Opens the sockets of the HTTP client, and no socket that the egress guard refuses. undici's `lookup` option alone is no
// guard: an address written as a number is never looked up, so literals are judged before.
import { buildConnector } from 'undici'
import { portOf } from './egress-allow-list.ts'
import { type EgressGuard, egressRefusal, egressRefused } from './egress-guard.ts'

export function createGuardedConnector({
  egressGuard,
  connectTimeoutMs,
}: {
  egressGuard: EgressGuard
  connectTimeoutMs: number
}): buildConnector.connector {
  const options = { timeout: connectTimeoutMs, allowH2: false }
  const connectors = {
    trusted: buildConnector(options),
    // Node connects to what this lookup answers and to nothing else; host name and SNI stay those of the URL.
    checked: buildConnector({ ...options, lookup: egressGuard.lookup }),
  }

  return (target, callback) => {
    const asked = { hostname: target.hostname, port: portOf(target) }
    let judgement: 'trusted' | 'checked'
    try {
      judgement = egressGuard.judgeTarget(asked)
    } catch (error) {
      // judgeTarget throws nothing but our own errors. Deferred: undici is still setting up the client that connects.
      queueMicrotask(() => callback(error as Error, null))
      return
    }
    connectors[judgement](target, (...result) => {
      const isRefused = Reflect.get(Object(result[0]), 'code') === egressRefused
      // The look-up knows no port; the sentence has to be that of every other refusal.
      if (isRefused) callback(egressRefusal(asked), null)
      else callback(...result)
    })
  }
}
