// What a line is waiting for, in a sentence, and what to do about it: the same words in the queue, on the record's page
// and in the host's panel. Pure.
import { unexpectedTries } from '../queue/outcome.ts'
import { type ConnectionRecord, isOpen } from './connections/connection-records.ts'
import type { Line } from './lines.ts'
import type { Tone } from './outcome-words.ts'
import type { PluginGate } from './plugin-gates.ts'
import { scopePhrase } from './scopes.ts'

export const lineStates = ['needs_attention', 'retrying', 'held', 'waiting', 'in_flight', 'submitted'] as const
export type LineState = (typeof lineStates)[number]

export interface LineWords {
  state: LineState
  tone: Tone
  /** Two or three words for the tag. */
  label: string
  /** What happened and why. */
  sentence: string
  /** What to do, when there is something. */
  advice: string | null
  /** When something happens by itself, and what. */
  due: { label: string; at: Date } | null
  /** "2 of 5" once a try has failed, "2" when no further one was left. */
  tries: string | null
  canRetry: boolean
  canCancel: boolean
}

export interface LineSituation {
  connection: Pick<
    ConnectionRecord,
    'name' | 'provider' | 'providerVersion' | 'state' | 'gate' | 'gateUntil' | 'gateReason'
  >
  pluginGate: PluginGate
  maxAttempts: number
  now: Date
}

export function describeLine(line: Line, situation: LineSituation): LineWords {
  const { connection } = situation
  const tries = line.failedAttempts > 0 ? triesWords(line, situation) : null
  const words = { advice: null, due: null, tries, canRetry: false, canCancel: false }

  switch (line.state) {
    case 'in_flight':
      return {
        ...words,
        state: 'in_flight',
        tone: 'busy',
        label: 'Being sent',
        sentence: line.hasNewerChange
          ? 'A worker is sending it now. A newer change waits behind it and goes next.'
          : 'A worker is sending it now.',
      }
    case 'submitted':
      return {
        ...words,
        state: 'submitted',
        tone: 'wait',
        label: 'Waiting for the answer',
        sentence: `${connection.name} accepted it and answers later.${line.hasNewerChange ? ' A newer change waits behind it and goes next.' : ''}${line.message ? quoted(line.message) : ''}`,
        advice: `What ${connection.name} has accepted cannot be taken back. If you cancel it, nothing more of it is sent.`,
        due: line.checkAt ? { label: 'The answer is looked up', at: line.checkAt } : null,
        canCancel: true,
      }
    case 'needs_attention':
      return {
        ...words,
        ...attention(line, connection.name),
        state: 'needs_attention',
        tone: 'bad',
        canRetry: true,
        canCancel: true,
      }
    case 'waiting':
      return { ...words, ...waiting(line, situation), canCancel: true }
  }
}

type Part = Pick<LineWords, 'label' | 'sentence' | 'advice'>

function attention(line: Line, name: string): Part {
  const said = line.message ? quoted(line.message) : ''
  switch (line.reason) {
    case 'exceeded':
      return {
        label: 'Gave up for now',
        sentence: `${name} could not take it after ${line.failedAttempts} ${line.failedAttempts === 1 ? 'try' : 'tries'}.${said}`,
        advice: `When ${name} works again, choose “Retry now”. It begins with a full set of tries.`,
      }
    case 'permanent':
      return {
        label: 'Refused',
        sentence: `${name} refused this data.${said}`,
        advice:
          'Correct the record or the mapping, then choose “Retry now”. A change of the record tries it again too.',
      }
    case 'config':
      return {
        label: 'Settings to correct',
        sentence: `The mapping or the settings of ${name} do not fit this record.${said}`,
        advice: 'Correct them, then choose “Retry now”.',
      }
    case 'timeout':
      return {
        label: 'Did not finish',
        sentence: `It was begun and did not finish.${said}`,
        advice: 'Choose “Retry now” once. If it happens again, show this record to whoever maintains the plugin.',
      }
    default:
      return {
        label: 'Unexpected error',
        sentence: `Something failed that should not.${said}`,
        advice: 'Choose “Retry now”. If it happens again, show this message to whoever maintains the plugin.',
      }
  }
}

function waiting(line: Line, situation: LineSituation): Omit<LineWords, 'tries' | 'canCancel'> {
  const held = holdOf(line, situation)
  if (held) return { ...held, state: 'held', tone: 'wait', canRetry: false }
  const { connection, now } = situation
  const isLater = line.notBefore.getTime() > now.getTime()
  if (line.waitingFor) {
    const { model, id } = line.waitingFor
    return {
      state: 'waiting',
      tone: 'wait',
      label: 'Waiting for a record',
      sentence: `It refers to ${model} ${id}, which has not arrived at ${connection.name} yet.`,
      advice: 'It goes on by itself as soon as that record has arrived.',
      due: line.expiresAt ? { label: 'It gives up', at: line.expiresAt } : null,
      canRetry: true,
    }
  }
  if (line.failedAttempts > 0) {
    return {
      state: 'retrying',
      tone: 'wait',
      label: 'Trying again',
      sentence: `Try ${triesWords(line, situation)} failed.${line.message ? quoted(line.message) : ''}`,
      advice: null,
      due: isLater ? { label: 'Next try', at: line.notBefore } : null,
      canRetry: true,
    }
  }
  return {
    state: 'waiting',
    tone: 'calm',
    label: 'Waiting',
    sentence: isLater ? 'It is not to be sent before its time.' : 'It is sent as soon as a worker is free.',
    advice: null,
    due: isLater ? { label: 'To be sent', at: line.notBefore } : null,
    canRetry: true,
  }
}

// An unexpected error ends the tries sooner than the provider's number, whatever failed before it.
function triesWords({ state, reason, failedAttempts }: Line, { maxAttempts }: LineSituation): string {
  if (reason !== 'internal') return `${failedAttempts} of ${maxAttempts}`
  return state === 'waiting' ? `${failedAttempts} of ${Math.min(unexpectedTries, maxAttempts)}` : `${failedAttempts}`
}

function holdOf(line: Line, { connection, pluginGate, now }: LineSituation): (Part & Pick<LineWords, 'due'>) | null {
  const { name, gateUntil } = connection
  const hold = (sentence: string, advice: string, due: LineWords['due'] = null) => ({
    label: 'Held',
    sentence,
    advice,
    due,
  })
  const nothingLost = 'Nothing is lost meanwhile.'
  if (pluginGate.kind === 'missing') {
    return hold(
      `No loaded plugin sends to ${connection.provider} ${connection.providerVersion}.`,
      `Load the plugin again, or see on the plugin page why it is out of use. ${nothingLost}`,
    )
  }
  if (pluginGate.kind === 'off') {
    return hold(
      `The plugin ${pluginGate.pluginName} is switched off ${scopePhrase(line.scope)}.`,
      `It goes on when the plugin is switched on. ${nothingLost}`,
    )
  }
  if (connection.state === 'disabled') {
    return hold(
      `The connection ${name} is switched off.`,
      `It goes on when the connection is switched on. ${nothingLost}`,
    )
  }
  if (connection.gate === 'open' || isOpen(connection, now)) return null
  const said = connection.gateReason ? quoted(connection.gateReason) : ''
  const due = gateUntil ? { label: 'It goes on', at: gateUntil } : null
  switch (connection.gate) {
    case 'paused':
      return hold(
        `Sending to ${name} is paused.${said}`,
        `It goes on when the connection is resumed. ${nothingLost}`,
        due,
      )
    case 'reconnect':
      return hold(
        `${name} no longer accepts our credentials.${said}`,
        `Connect ${name} again; what waits is sent then. No try is used up.`,
        due,
      )
    case 'limited':
      return hold(`${name} asked us to slow down.${said}`, 'It goes on by itself. No try is used up.', due)
    case 'breaker':
      return hold(
        `${name} failed too often in a row.${said}`,
        'It is tried carefully from time to time and goes on by itself.',
        gateUntil && gateUntil.getTime() > now.getTime()
          ? { label: 'The connection is tried again', at: gateUntil }
          : null,
      )
  }
}

// What others said stands apart from what we say.
function quoted(text: string): string {
  const oneLine = text.trim().replaceAll(/\s+/g, ' ')
  const short = oneLine.length > 400 ? `${oneLine.slice(0, 400)}…` : oneLine
  return short ? ` “${short}”` : ''
}
