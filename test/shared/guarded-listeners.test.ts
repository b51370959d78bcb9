import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { after, guarded } from '../../src/shared/guard'

const SRC = resolve(import.meta.dirname, '../../src')
const GUARD = 'shared/guard.ts'
/** `on` and `once` of our own: events of a run, whose dispatcher guards its listeners, and a method that is none. */
const OWN = new Set([
  'pipeline/pipeline.ts: this.events.on',
  'run-series.ts: presets\n        .batch(config, { skipBenchmark, configFile })\n        .on',
  'engines/duckdb/streams/streams.ts: this.once',
  'kubernetes/kube-api.ts: this.once',
  'pipeline/emitter.ts: this.emitter.on',
  'engines/spark/submit/control-channel.ts: once',
])
const LISTENS = new Set(['on', 'once', 'addListener', 'addEventListener', 'addAbortListener'])
const TIMERS = new Set(['setTimeout', 'setInterval', 'setImmediate'])

/** Callbacks of a file that nobody would catch: `line: what`. */
function unguarded(name: string, text: string): string[] {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true)
  const found: string[] = []
  const promised = new Set<string>()
  for (const statement of source.statements)
    if (
      ts.isImportDeclaration(statement) &&
      /timers\/promises'$/.test(statement.moduleSpecifier.getText())
    )
      for (const named of statement.importClause?.namedBindings?.getChildren() ?? [])
        for (const word of named.getText().split(',')) promised.add(word.trim())
  const report = (node: ts.Node) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart())
    found.push(`${name}:${line + 1}: ${node.getText().slice(0, 90)}`)
  }
  const visit = (node: ts.Node) => {
    if (ts.isVoidExpression(node) && !endsInCatch(node.expression)) report(node)
    if (ts.isCallExpression(node)) {
      const callee = node.expression
      const called = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText()
      const timer = TIMERS.has(callee.getText().replace('globalThis.', ''))
      if (timer && !promised.has(called) && name !== GUARD)
        if (!node.arguments[0] || !isSafe(node.arguments[0])) report(node)
      const listener = node.arguments[1]
      if (LISTENS.has(called) && listener && !OWN.has(`${name}: ${callee.getText()}`))
        if (!isSafe(listener)) report(node)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

const endsInCatch = (node: ts.Expression): boolean =>
  !ts.isCallExpression(node) ||
  (ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'catch')

/** Calls that throw nothing: they end a promise, a wait or a stream, or forget something. */
const HARMLESS = new Set(
  'resolve reject settle done failed abort destroy clearTimeout clearInterval removeEventListener off delete unref Error DOMException'.split(
    ' ',
  ),
)

/** Through the guard, or a function that does nothing that could throw. */
function isSafe(listener: ts.Node): boolean {
  if (ts.isCallExpression(listener)) return listener.expression.getText() === 'guarded'
  if (ts.isArrowFunction(listener)) return !listener.modifiers && throwsNothing(listener.body)
  if (ts.isPropertyAccessExpression(listener)) return isSafeMember(listener)
  if (!ts.isIdentifier(listener)) return false
  for (let scope = listener.parent; scope; scope = scope.parent) {
    if (ts.isArrowFunction(scope) && scope.parameters.some(p => p.name.getText() === listener.text))
      return ts.isNewExpression(scope.parent) && scope.parent.expression.getText() === 'Promise'
    const declared = declarationIn(scope, listener.text)
    if (declared) return declared.initializer !== undefined && isSafe(declared.initializer)
  }
  return false
}

/** Of `this`. */
function isSafeMember({ expression, name }: ts.PropertyAccessExpression): boolean {
  let scope: ts.Node = expression
  while (!ts.isClassDeclaration(scope) && scope.parent) scope = scope.parent
  if (expression.kind !== ts.SyntaxKind.ThisKeyword || !ts.isClassDeclaration(scope)) return false
  return scope.members.some(
    m =>
      ts.isPropertyDeclaration(m) &&
      m.name.getText() === name.text &&
      m.initializer &&
      isSafe(m.initializer),
  )
}

function throwsNothing(node: ts.Node): boolean {
  if (ts.isThrowStatement(node)) return false
  if (ts.isCallExpression(node)) {
    const callee = node.expression
    const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText()
    const timer = TIMERS.has(name) && isSafe(node.arguments[0]!)
    if (!HARMLESS.has(name) && !timer && !(ts.isIdentifier(callee) && isSafe(callee))) return false
  }
  return ts.forEachChild(node, child => (throwsNothing(child) ? undefined : true)) !== true
}

function declarationIn(scope: ts.Node, name: string): ts.VariableDeclaration | undefined {
  if (!ts.isBlock(scope) && !ts.isSourceFile(scope)) return undefined
  return scope.statements
    .flatMap(s => (ts.isVariableStatement(s) ? [...s.declarationList.declarations] : []))
    .find(d => d.name.getText() === name)
}

test('every timer, listener and promise that nobody waits for goes through the guard', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(f =>
    f.endsWith('.ts'),
  )
  expect(files.length).toBeGreaterThan(200)
  const interesting = /\bvoid \w|\b(set(Timeout|Interval|Immediate)|on|once|add\w*Listener)\(/
  const found = files.flatMap(file => {
    const text = readFileSync(join(SRC, file), 'utf8')
    return interesting.test(text) ? unguarded(file, text) : []
  })
  expect(found).toEqual([])
})

test.each([
  ['a timer', 'setInterval(() => look(), 5)'],
  ['a timer of the global', 'globalThis.setTimeout(look, 5)'],
  ['a listener with a body', "stream.on('data', chunk => take(chunk))"],
  ['a listener by name', "const take = () => work()\nstream.on('data', take)"],
  ['a method', "socket.once('close', this.over)"],
  ['a signal', "signal.addEventListener('abort', () => stop())"],
  ['a promise that nobody waits for', 'void this.write()'],
])('%s without the guard is found', (_, text) => {
  expect(unguarded('x.ts', text)).toHaveLength(1)
})

test.each([
  ['the guard', "stream.on('data', guarded(chunk => take(chunk)))"],
  ['the guard by name', "const take = guarded(() => work())\nstream.on('data', take)"],
  ['the end of a promise', "new Promise((done, failed) => child.once('error', failed))"],
  ['nothing', "stream.on('error', () => {})"],
  ['the end of a wait', "setTimeout(() => stop.abort(new Error('late')), 5)"],
  ['a promised timer', "import { setTimeout } from 'node:timers/promises'\nawait setTimeout(1)"],
  ['a promise with its catch', 'void this.write().catch(() => {})'],
])('%s is left alone', (_, text) => {
  expect(unguarded('x.ts', text)).toEqual([])
})

test('what a listener throws, now or later, ends nothing, and is told to who asked', async () => {
  const told: unknown[] = []
  const tell = (error: unknown) => told.push(error)
  const [now, later, unheard] = [new Error('now'), new Error('later'), new Error('unheard')]
  const target = new EventTarget()
  target.addEventListener(
    'abort',
    guarded(() => {
      throw now
    }, tell),
  )
  target.addEventListener(
    'abort',
    guarded(async () => {
      throw later
    }, tell),
  )
  target.addEventListener(
    'abort',
    guarded(async () => {
      throw unheard
    }),
  )
  target.dispatchEvent(new Event('abort'))
  // Vitest fails on an error that nobody catches.
  await new Promise<void>(done => {
    after(1, () => {
      setTimeout(done, 5)
      throw unheard
    })
  })
  expect(told).toEqual([now, later])
})
