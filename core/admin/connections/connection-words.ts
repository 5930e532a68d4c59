// How a connection is doing, in a word and a sentence. Pure. What keeps everything from going comes before what keeps one
// record from going.

import type { Tone } from '../outcome-words.ts'
import type { ConnectionCounts } from './connection-counts.ts'
import { type ConnectionRecord, isOpen } from './connection-records.ts'

export interface ConnectionWords {
  tone: Tone
  label: string
  sentence: string
  advice: string | null
  /** When it goes on by itself, or is tried again. */
  due: { label: string; at: Date } | null
  /** Somebody has to do something. */
  needsYou: boolean
  /** What else is in the way, and what to do about that. */
  also?: string
}

/** What its provider version has to do with it. */
export interface VersionFacts {
  /** Why it cannot be used. */
  problem?: string | null
  isRetired?: boolean
  /** Somebody agrees to the access in the browser; no credential is entered. */
  isAgreedTo?: boolean
}

interface Situation {
  counts: ConnectionCounts
  isPluginLoaded: boolean
  /** The plugin, anywhere in what the connection serves. */
  isSwitchedOn: boolean
  version?: VersionFacts
  now: Date
}

/** That the plugin is off comes second where something else keeps all from going: both have to be seen to. */
export function describeConnection(connection: ConnectionRecord, situation: Situation): ConnectionWords {
  const words = wordsOfConnection(connection, situation)
  if (situation.isSwitchedOn || !situation.isPluginLoaded) return words
  const off = pluginOffWords(connection.name)
  const isClosed = connection.gate !== 'open' && !isOpen(connection, situation.now)
  if (words.needsYou || isClosed || connection.state === 'disabled') {
    return {
      ...words,
      also: `${off.sentence} ${off.advice}`,
      needsYou: connection.state !== 'disabled' || words.needsYou,
    }
  }
  const { counts } = situation
  const openCount = counts.waitingCount + counts.retryingCount + counts.heldCount
  if (openCount === 0) return off
  return { ...off, also: `${records(openCount)} that came before ${openCount === 1 ? 'waits' : 'wait'} for that.` }
}

// What changes now is not even taken in, and nothing else would tell.
function pluginOffWords(name: string) {
  return {
    tone: 'wait',
    label: 'Plugin off',
    sentence: `The plugin is switched on nowhere that ${name} serves, so what changes there is not taken in for it.`,
    advice: 'Switch it on under Plugins. What happened before then needs a backfill.',
    due: null,
    needsYou: true,
  } as const satisfies ConnectionWords
}

function wordsOfConnection(
  connection: ConnectionRecord,
  { counts, isPluginLoaded, version = {}, now }: Situation,
): ConnectionWords {
  const calm = { advice: null, due: null, needsYou: false }
  const { name } = connection
  if (!isPluginLoaded) {
    return {
      tone: 'bad',
      label: 'Plugin missing',
      sentence: `No loaded plugin brings ${connection.provider} ${connection.providerVersion}. What is to be sent waits.`,
      advice: 'Load the plugin again, or see on the plugin page why it is out of use.',
      due: null,
      needsYou: true,
    }
  }
  if (version.problem) {
    return {
      tone: 'bad',
      label: version.isRetired ? 'Version retired' : 'Provider broken',
      sentence: version.problem,
      advice:
        'Choose another version in the settings. What is to be sent until then needs attention with this reason; retry it afterwards.',
      due: null,
      needsYou: true,
    }
  }
  if (connection.state === 'disabled') {
    return { ...calm, tone: 'calm', label: 'Switched off', sentence: 'Nothing is sent, and nothing new is taken in.' }
  }
  const inTheWay = gateWords(connection, now, version) ?? openWords(name, counts)
  if (inTheWay) return inTheWay
  if (!connection.lastSuccessAt && counts.recentCount > 0) {
    const sentence = 'Nothing of what was tried so far had to be sent, or was left out. Its last tries say why.'
    return { ...calm, tone: 'calm', label: 'Nothing sent yet', sentence }
  }
  return connection.lastSuccessAt
    ? { ...calm, tone: 'good', label: 'Up to date', sentence: 'Everything that was to be sent has arrived.' }
    : {
        ...calm,
        tone: 'calm',
        label: 'Nothing sent yet',
        sentence: 'It waits for the first change, or for a backfill.',
      }
}

function gateWords(connection: ConnectionRecord, now: Date, { isAgreedTo }: VersionFacts): ConnectionWords | null {
  const { name, gate, gateUntil, gateReason } = connection
  if (gate === 'open' || isOpen(connection, now)) return null
  const goesOn = gateUntil ? { label: 'It goes on', at: gateUntil } : null
  const said = gateReason ? ` “${gateReason.trim()}”` : ''
  switch (gate) {
    case 'paused':
      return {
        tone: 'wait',
        label: 'Paused',
        sentence: `Sending is paused.${said}`,
        advice: 'What is to be sent waits until the connection is resumed.',
        due: goesOn,
        needsYou: false,
      }
    case 'reconnect':
      return {
        tone: 'bad',
        label: 'Connect again',
        sentence: `${name} ${isAgreedTo ? 'does not accept our access' : 'no longer accepts our credentials'}.${said}`,
        advice: isAgreedTo
          ? 'Authorise it again. What waits is sent then; no try is used up.'
          : 'Enter new credentials, or put it right at the remote and try again. What waits is sent then; no try is used up.',
        due: null,
        needsYou: true,
      }
    case 'limited':
      return {
        tone: 'wait',
        label: 'Slowed down',
        sentence: `${name} asked us to slow down.${said}`,
        advice: null,
        due: goesOn,
        needsYou: false,
      }
    case 'breaker':
      return {
        tone: 'bad',
        label: 'Failing',
        sentence: `${name} failed too often in a row and is tried carefully from time to time.${said}`,
        advice: `See whether ${name} works. It goes on by itself when it does; “Try now” does not wait for that.`,
        due: gateUntil && gateUntil.getTime() > now.getTime() ? { label: 'It is tried again', at: gateUntil } : null,
        needsYou: true,
      }
  }
}

function openWords(name: string, counts: ConnectionCounts): ConnectionWords | null {
  const openCount = counts.waitingCount + counts.inFlightCount + counts.submittedCount
  if (counts.attentionCount > 0) {
    return {
      tone: 'bad',
      label: 'Needs attention',
      sentence: `${records(counts.attentionCount)} could not be sent to ${name}.`,
      advice: 'The queue says why for each of them, and what to do.',
      due: null,
      needsYou: true,
    }
  }
  if (counts.retryingCount > 0) {
    return {
      tone: 'wait',
      label: 'Trying again',
      sentence: `${records(counts.retryingCount)} failed and ${counts.retryingCount === 1 ? 'is tried again by itself' : 'are tried again by themselves'}.`,
      advice: null,
      due: null,
      needsYou: false,
    }
  }
  if (openCount > 0) {
    return {
      tone: 'busy',
      label: 'Sending',
      sentence: `${records(openCount)} on the way.`,
      advice: null,
      due: null,
      needsYou: false,
    }
  }
  return null
}

const numberFormat = new Intl.NumberFormat('en')

function records(count: number): string {
  return count === 1 ? '1 record' : `${numberFormat.format(count)} records`
}
