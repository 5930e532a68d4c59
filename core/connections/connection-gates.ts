// What keeps a connection from sending. A person's pause and refused credentials are its own and stand in its row; a rate
// limit and an open breaker are the account's, for all its connections, and stand in account_gate. So none of them
// overwrites another: a pause outlives a limit that arrives meanwhile. Judged where it is asked, by the database's clock.

export const connectionGates = ['open', 'paused', 'reconnect', 'limited', 'breaker'] as const
export type ConnectionGate = (typeof connectionGates)[number]

/**
 * Joins to the connection `c` its account's row as `account`, and as `gate` what is in force now: `gate`, `gate_until`
 * (null: until somebody acts) and `gate_reason`. The breaker's until is the time of its next probe.
 */
export function gateInForce(schema: string): string {
  return `
  left join ${schema}.account_gate account on account.account_key = c.account_key
  cross join lateral (
    select case
      when c.gate = 'paused' and (c.gate_until > now()) is not false then 'paused'
      when c.gate = 'reconnect' then 'reconnect'
      when account.limited_until > now() then 'limited'
      when account.breaker_probe_at is not null then 'breaker'
      -- Written by a worker of an older version, which knows no account_gate.
      when c.gate in ('limited', 'breaker') and c.gate_until > now() then 'own'
      else 'open' end as kind
  ) judged
  cross join lateral (
    select case kind when 'own' then c.gate else kind end as gate,
           case kind when 'open' then null when 'limited' then account.limited_until
                     when 'breaker' then account.breaker_probe_at else c.gate_until end as gate_until,
           case kind when 'open' then null when 'limited' then account.limited_reason
                     when 'breaker' then account.breaker_reason else c.gate_reason end as gate_reason
  ) gate`
}
