// Who may import whom: the house's import table as rules. `npm run boundaries` holds every import to it.
//
// One row per room and app, and one for each part of a room that may import more than the rest of it. The keys:
//   rooms         rooms of ours, through any of their doors; kernel and records stand open unless `closed`
//   front         rooms of ours, but only through #libs/<room>, not through a second door
//   types         rooms of ours, by `import type` only
//   packages      npm packages; '@scope/*' is a whole scope
//   packageTypes  npm packages, by `import type` only
//   lazyPackages  npm packages, by a dynamic import only
//   offline       no built-in module that reaches the network, the file system or another process
// A package that has not been chosen yet (cron parser, YAML, X.509) gets its name here when it is.
const TABLE = {
  'libs/kernel': { closed: true, offline: true },
  'libs/records': { closed: true, offline: true, rooms: ['kernel'] },
  'libs/http1': {},
  'libs/resilience': {},
  'libs/stats': { packages: ['hdr-histogram-js'] },
  'libs/faults': {},
  'libs/faults/src/apply': { types: ['pool'] },
  'libs/pool': { rooms: ['http1'] },
  'libs/pool/src/native': { lazyPackages: ['koffi'] },
  'libs/client': { rooms: ['pool', 'resilience', 'faults'] },
  'libs/client/src/undici': { packageTypes: ['undici'] },
  'libs/load': { rooms: ['stats'] },
  'libs/load/src/runner': { rooms: ['client'] },
  'libs/campaign': { rooms: ['stats'], front: ['load', 'faults'], packages: ['cron-parser'] },
  'libs/run': { rooms: ['campaign', 'stats'], front: ['load', 'faults'], types: ['kube'] },
  'libs/run/src/client': { rooms: ['client', 'load'] },
  'libs/report': { rooms: ['campaign', 'stats'] },
  'libs/kube': { rooms: ['stats'], packages: ['yaml'] },
  'libs/telemetry': { packages: ['@opentelemetry/*', 'bullmq-otel', 'import-in-the-middle'] },
  'libs/contracts': { types: ['campaign', 'faults', 'load'], packages: ['zod'] },
  'libs/nest': {
    rooms: ['client', 'faults', 'telemetry'],
    packages: ['@nestjs/common', '@nestjs/core', 'rxjs'],
  },
  'libs/service': {
    rooms: 'run campaign contracts nest report kube telemetry stats client faults load'.split(' '),
    packages: ['@nestjs/*', 'bullmq', 'ioredis', 'rxjs'],
  },
  'libs/target': { rooms: ['faults', 'telemetry'] },
  'libs/proxy': { rooms: ['faults', 'telemetry'], packages: ['zod'] },
  'libs/testing': { rooms: ['http1', 'pool'] },
  'apps/target': { rooms: ['target'] },
  'apps/proxy': { rooms: ['proxy'] },
  'apps/dashboard': { closed: true, types: ['contracts'], packages: ['preact', 'uplot'] },
};

const shell = {
  rooms: ['service', ...TABLE['libs/service'].rooms],
  packages: ['@nestjs/*', 'rxjs', 'reflect-metadata'],
};
TABLE['apps/api'] = shell;
TABLE['apps/worker'] = shell;
TABLE['apps/cli'] = {
  rooms: Object.keys(TABLE)
    .map((path) => /^libs\/([^/]+)$/.exec(path)?.[1])
    .filter((room) => room !== undefined && !['nest', 'service', 'testing'].includes(room)),
  packages: ['commander', 'yaml'],
};

/** Second doors, each `#libs/<room>/<part>`; what lies behind one is closed to the rest of its room. */
const SECOND_DOORS = ['faults/apply', 'load/runner', 'run/client'];

/** Specs and their helpers, which are not built. */
const SPEC = '\\.spec(-helper)?\\.ts$';
const OUTSIDE = '^(node:)?(net|tls|dgram|dns|https?|http2|fs|child_process|cluster)(/|$)';

const frontDoor = (room) => `^libs/${room}/src/index\\.ts$`;
const doors = (room) => [
  frontDoor(room),
  ...SECOND_DOORS.filter((door) => door.startsWith(`${room}/`)).map(
    (door) => `^libs/${door.replace('/', '/src/')}/index\\.ts$`,
  ),
];
const folder = (name) => `(^|/)node_modules/${name.replace('/*', '/')}${name.endsWith('/*') ? '' : '/'}`;
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** What a row allows; a part of a room may import all that its room may. */
function permissions(path) {
  const room = path.split('/').slice(0, 2).join('/');
  const rows = room === path ? [TABLE[path]] : [TABLE[room], TABLE[path]];
  const all = (key) => rows.flatMap((row) => row[key] ?? []);
  const open = rows.some((row) => row.closed) ? [] : ['kernel', 'records'];
  return {
    doors: [...[...open, ...all('rooms')].flatMap(doors), ...all('front').map(frontDoor)],
    typeDoors: all('types').flatMap(doors),
    packages: all('packages').map(folder),
    typePackages: all('packageTypes').map(folder),
    lazyPackages: all('lazyPackages').map(folder),
  };
}

function rulesOf(path) {
  const parts = Object.keys(TABLE)
    .filter((other) => other.startsWith(`${path}/`))
    .map((other) => `^${other}/`);
  const own = `^${path.split('/').slice(0, 2).join('/')}/`;
  const may = permissions(path);
  const source = { path: `^${path}/`, pathNot: [...parts, SPEC] };
  const spec = { path: `^${path}/.*${SPEC}`, pathNot: parts };
  const everyDoor = [own, ...may.doors, ...may.typeDoors];
  const everyPackage = [...may.packages, ...may.typePackages, ...may.lazyPackages];
  const rules = [
    rule(
      `${path}: rooms`,
      'This room is not in the import table for that one, or not through that door.',
      source,
      {
        path: '^libs/',
        pathNot: everyDoor,
      },
    ),
    rule(`${path}: rooms of specs`, 'A spec may import what its room may, and testing.', spec, {
      path: '^libs/',
      pathNot: [...everyDoor, ...doors('testing')],
    }),
    rule(`${path}: packages`, 'This package is not in the import table for that room.', source, {
      path: '(^|/)node_modules/',
      pathNot: everyPackage,
    }),
    rule(`${path}: packages of specs`, 'A spec may import what its room may, and vitest.', spec, {
      path: '(^|/)node_modules/',
      pathNot: [...everyPackage, folder('vitest')],
    }),
  ];
  const typesOnly = [...may.typeDoors, ...may.typePackages];
  if (typesOnly.length > 0) {
    const to = { path: typesOnly, dependencyTypesNot: ['type-only'] };
    rules.push(rule(`${path}: types only`, 'Only `import type` is allowed here.', source, to));
  }
  if (may.lazyPackages.length > 0) {
    const to = { path: may.lazyPackages, dependencyTypes: ['import'], dependencyTypesNot: ['type-only'] };
    rules.push(rule(`${path}: lazy packages`, 'This package is loaded when it is needed.', source, to));
  }
  if (TABLE[path].offline) {
    const to = { dependencyTypes: ['core'], path: OUTSIDE };
    rules.push(rule(`${path}: offline`, 'This room touches nothing outside the process.', source, to));
  }
  return rules;
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    // Two files of a room may know each other's types: that part of a cycle is gone when the code runs.
    rule(
      'no-cycles',
      'What needs each other belongs together.',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    rule('resolvable', 'Every import leads somewhere.', {}, { couldNotResolve: true }),
    rule(
      'in-the-table',
      'Every room and app has a row in the import table.',
      { path: '^(libs|apps)/', pathNot: Object.keys(TABLE).map((path) => `^${path}/`) },
      {},
    ),
    rule(
      'not-upwards',
      'Rooms stand below apps, and both below tests and tools.',
      { path: '^libs/' },
      { path: '^(apps|test|tools)/' },
    ),
    rule(
      'apps-apart',
      'An app imports neither another app nor tests nor tools.',
      { path: '^(apps/[^/]+)/' },
      { path: '^(apps|test|tools)/', pathNot: '^$1/' },
    ),
    rule(
      'built',
      'Specs and their helpers are not in dist: only specs may import them.',
      { path: '^(apps|libs)/', pathNot: [SPEC, '^libs/testing/'] },
      { path: SPEC },
    ),
    rule(
      'by-name',
      'Another room is imported as #libs/<room>, not by a relative path.',
      { path: '^(libs/[^/]+|apps/[^/]+|test)/' },
      {
        path: '^libs/[^/]+/src/',
        pathNot: '^$1/',
        // Undetermined is `pooler/<door>`: a test may come in as a stranger does.
        dependencyTypesNot: ['aliased-subpath-import', 'undetermined'],
      },
    ),
    ...SECOND_DOORS.map((door) => {
      const [room, part] = door.split('/');
      return rule(
        `${door}: second door`,
        'The front of a room must not lean on what lies behind its second door.',
        { path: `^libs/${room}/src/`, pathNot: [`^libs/${room}/src/${part}/`, SPEC] },
        { path: `^libs/${room}/src/${part}/` },
      );
    }),
    ...Object.keys(TABLE).flatMap(rulesOf),
  ],
  options: {
    doNotFollow: { path: ['node_modules'] },
    exclude: { path: ['^dist/'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['pooler-source', 'import', 'require', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
