/**
 * Who may import whom: `npm run rooms` writes it as rules of the linter, `test/architecture.test.ts` checks every import against it.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Room to the rooms that it may import; a room is a folder below `src`, an engine's own folder, or a file at the root. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  arrow: [],
  statistics: [],
  'package-root': [],
  'disk-error': ['contracts'],
  'root-identity': [],
  files: ['contracts', 'disk-error'],
  'check-options': ['contracts', 'local-path'],
  'guarded-timer': [],
  'http-body': [],
  'local-path': ['contracts'],
  'machine-limits': [],
  'open-files': ['contracts', 'machine-limits'],
  workload: ['contracts'],
  config: ['contracts', 'check-options', 'files', 'local-path'],
  sizing: ['contracts', 'check-options'],
  kubernetes: ['contracts', 'http-body'],
  lakehouse: ['contracts', 'disk-error', 'root-identity', 'files', 'http-body'],
  datagen: ['contracts', 'workload', 'package-root', 'disk-error', 'root-identity', 'files', 'machine-limits'],
  derive: ['contracts', 'statistics'],
  pipeline: ['contracts', 'check-options', 'arrow', 'derive', 'files', 'machine-limits'],
  benchmark: ['contracts', 'check-options', 'arrow', 'statistics', 'derive'],
  compare: ['contracts', 'check-options', 'statistics', 'derive'],
  series: ['contracts', 'compare', 'statistics', 'files'],
  scorecard: ['contracts', 'check-options', 'compare', 'statistics', 'derive', 'workload'],
  report: ['contracts', 'check-options', 'scorecard', 'compare'],
  testing: ['contracts'],
  'engines/duckdb': ['contracts', 'workload', 'lakehouse', 'guarded-timer', 'machine-limits'],
  'engines/spark': ['contracts', 'workload', 'lakehouse', 'kubernetes', 'files', 'http-body', 'local-path'],
  'engines/trino': ['contracts', 'workload', 'http-body'],
}

/** Composition roots, which see every room. */
export const ROOTS: readonly string[] = [
  'index',
  'presets',
  'benchmark-queries',
  'embedded-session',
  'run-records',
  'run-support',
  'machine-record',
  'provenance',
  'table-layout',
  'corpus-place',
  'corpus-session',
  'raw-data',
  'continuous-parts',
  'datagen-worker',
  'query-session',
  'spark-session',
  'spark-tables',
  'kubernetes-session',
  'kubernetes-cluster',
  'cluster-datagen',
  'cleanup',
  'trino-benchmark',
  'series-runs',
  'status',
  'cli',
]

/** Folders below a room's own, at most. */
const DEEPEST = 2

/** `biome.rooms.json`: per room and depth one rule, by which nothing outside the room may be imported but what it names. */
export function linterRules(): string {
  const isFile = (room: string) => existsSync(new URL(`../src/${room}.ts`, import.meta.url))
  const overrides = Object.entries(ROOMS).flatMap(([room, allowed]) => {
    const rule = (includes: string, outside: string, src: string) => ({
      includes: [includes],
      linter: {
        rules: {
          style: {
            noRestrictedImports: {
              level: 'error',
              options: {
                patterns: [
                  {
                    group: [`${outside}**`, ...allowed.map(a => `!${src}${a}${isFile(a) ? '' : '/**'}`)],
                    message: `${room} may import ${allowed.join(', ') || 'no other room'} only; scripts/rooms.ts says who may import whom.`,
                  },
                ],
              },
            },
          },
        },
      },
    })
    if (isFile(room)) return [rule(`src/${room}.ts`, './', './')]
    const up = (levels: number) => '../'.repeat(levels)
    const depth = room.split('/').length
    return Array.from({ length: DEEPEST + 1 }, (_, below) =>
      rule(`src/${room}${'/*'.repeat(below)}/*.ts`, up(below + 1), up(below + depth)),
    )
  })
  return `{ "overrides": [\n${overrides.map(o => JSON.stringify(o)).join(',\n')}\n] }\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('../biome.rooms.json', import.meta.url), linterRules())
