#!/usr/bin/env node
// bin `outbound-sync`: the standalone program. Every command opens one instance, does its work and leaves. What goes
// wrong is said in one line that tells what to do, with a non-zero exit.
import { Command, CommanderError } from 'commander'
import { isErrorKind, messageOf, OutboundSyncError } from './errors.ts'
import { packageVersion } from './package-root.ts'
import { listKeys, rotateKeys } from './standalone/keys-command.ts'
import { newPlugin } from './standalone/new-plugin.ts'
import { openProgram, type Program } from './standalone/open-program.ts'
import { serve } from './standalone/serve.ts'

const databaseWaitMs = 60_000

async function main(argv: readonly string[]): Promise<number> {
  const { plugins, rest } = takePlugins(argv)
  const ownCommands = createOwnCommands(plugins)
  const [name = '--help'] = rest
  if (name.startsWith('-') || name === 'help' || ownCommands.commands.some((command) => command.name() === name)) {
    await ownCommands.parseAsync(rest, { from: 'user' })
    return Number(process.exitCode ?? 0)
  }
  return runPluginCommand(await openProgram({ plugins }), name, rest)
}

/** Plugins come first to be loaded, wherever they stand: they bring commands of their own. */
function takePlugins(argv: readonly string[]): { plugins: string[]; rest: string[] } {
  const plugins: string[] = []
  const rest: string[] = []
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? ''
    if (argument === '--plugin') {
      const plugin = argv[++index]
      if (plugin === undefined) throw new OutboundSyncError('usage', '--plugin needs a path or the name of a plugin.')
      plugins.push(plugin)
    } else if (argument.startsWith('--plugin=')) plugins.push(argument.slice('--plugin='.length))
    else rest.push(argument)
  }
  return { plugins, rest }
}

function createOwnCommands(plugins: readonly string[]): Command {
  const program = new Command('outbound-sync')
    .description("Sends a host application's data to other systems.")
    .version(packageVersion())
    .option('--plugin <plugin>', 'a path, a bundled plugin or an npm package; may be repeated')
    .addHelpText('after', '\nPlugins bring further commands: name the plugin with --plugin and add --help.')
    .exitOverride()
  const serving = (name: string, summary: string, roles: { hasWeb: boolean; hasWorker: boolean; waitMs: number }) =>
    program
      .command(name)
      .description(summary)
      .exitOverride()
      .action(async () => serve(await openProgram({ plugins }), roles))
  serving('start', 'pages and worker in one process', { hasWeb: true, hasWorker: true, waitMs: 0 })
  serving('web', 'pages only', { hasWeb: true, hasWorker: false, waitMs: databaseWaitMs })
  serving('worker', 'worker only; run as many as you like', { hasWeb: false, hasWorker: true, waitMs: databaseWaitMs })
  program
    .command('migrate')
    .description('bring the tables up to date')
    .option('--sql', 'print the SQL instead of running it')
    .exitOverride()
    .action(async (options: { sql?: boolean }) => migrateTables(await openProgram({ plugins }), options.sql ?? false))
  const keys = program.command('keys').description('the keys that credentials are sealed with').exitOverride()
  keys
    .command('rotate')
    .description('make a new key and seal everything with it, while web and workers run; goes on where it was cut off')
    .option('--lost', 'begin anew although the key in use is lost; what it sealed has to be entered again')
    .exitOverride()
    .action(async (options: { lost?: boolean }) => {
      process.exitCode = await rotateKeys(await openProgram({ plugins }), { isKeyLost: options.lost ?? false })
    })
  keys
    .command('list')
    .description('which keys there are and how many values each of them holds')
    .exitOverride()
    .action(async () => listKeys(await openProgram({ plugins })))
  program
    .command('plugin:new')
    .argument('<name>', 'lower-case letters, digits and dashes, for example my-crm')
    .description('write the beginnings of a plugin that sends to another system, with its tests')
    .option('--folder <folder>', 'where to put it, a folder that does not exist yet')
    .exitOverride()
    .action(async (name: string, options: { folder?: string }) => {
      process.stdout.write(await newPlugin({ name, folder: options.folder, cwd: process.cwd() }))
    })
  return program
}

async function migrateTables(program: Program, isPrinted: boolean): Promise<void> {
  try {
    if (isPrinted) process.stdout.write(await program.sync.migrationScript())
    else {
      const done = await program.sync.migrate()
      process.stdout.write(done.length > 0 ? `Applied ${done.join(', ')}.\n` : 'The tables are up to date.\n')
    }
  } finally {
    await program.close()
  }
}

async function runPluginCommand(program: Program, name: string, argv: readonly string[]): Promise<number> {
  try {
    const { commands } = program.sync
    const found = commands.find(({ command }) => command.name === name)
    if (!found) {
      const names = [
        'start',
        'web',
        'worker',
        'migrate',
        'keys',
        'plugin:new',
        ...commands.map(({ command }) => command.name),
      ]
      throw new OutboundSyncError('usage', `There is no command "${name}". Commands: ${names.join(', ')}.`)
    }
    const { command } = found
    let exitCode = 0
    const parser = new Command(`outbound-sync ${name}`).description(command.summary).exitOverride()
    for (const argument of command.arguments ?? []) {
      parser.argument(argument.isRequired ? `<${argument.name}>` : `[${argument.name}]`, argument.summary)
    }
    for (const option of command.options ?? []) parser.option(option.flags, option.summary, option.default)
    parser.action(async () => {
      await program.sync.start()
      exitCode = await command.run({ arguments: parser.args, options: parser.opts() })
    })
    await parser.parseAsync(argv.slice(1), { from: 'user' })
    return exitCode
  } finally {
    await program.close()
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  // Commander has printed its own help or complaint already.
  if (error instanceof CommanderError) process.exitCode = error.exitCode
  else {
    const isOurs = isErrorKind(error, 'OutboundSyncError')
    process.stderr.write(`${isOurs || !(error instanceof Error) ? messageOf(error) : (error.stack ?? error.message)}\n`)
    process.exitCode = 1
  }
}
