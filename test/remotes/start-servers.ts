// `node test/remotes/start-servers.ts`: the servers of these tests by hand, with what a connection to them needs, until
// Ctrl-C. Mailman gets a list to begin with.
import { once } from 'node:events'
import { apacheSkip, startApache } from './apache-server.ts'
import { mailmanSkip, startMailman } from './mailman-server.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const stops: (() => Promise<void>)[] = []
try {
  if (mailmanSkip) say(`Mailman: ${mailmanSkip}`)
  else {
    const mailman = await startMailman()
    stops.push(mailman.stop)
    const list = await mailman.createList('attendees')
    say(`Mailman: ${mailman.baseUrl}, user ${mailman.username}, password ${mailman.password}, list ${list}`)
  }
  if (apacheSkip) say(`Apache: ${apacheSkip}`)
  else {
    const { origin, username, password, stop } = await startApache()
    stops.push(stop)
    say(`Apache: ${origin}/basic/ and ${origin}/digest/, user ${username}, password ${password}`)
  }
  if (stops.length > 0) await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
} finally {
  for (const stop of stops) await stop()
}
