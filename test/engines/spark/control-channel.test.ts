import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ControlChannel, type DriverMessage } from '../../../src/engines/spark/submit/control-channel'

async function open(): Promise<ControlChannel> {
  const channel = await ControlChannel.listen()
  onTestFinished(() => channel.close())
  return channel
}

async function call(channel: ControlChannel, text: string): Promise<Socket> {
  const socket = connect(channel.port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(text)
  return socket
}

const hello = (token: string) => `${JSON.stringify({ hello: token, spark: '4.1.4', python: '3.11.7', pid: 12 })}\n`

test.each([
  ['a wrong token', () => hello('0'.repeat(64))],
  ['no token', () => '{"id": 1, "done": true}\n'],
  ['no JSON', () => 'GET / HTTP/1.1\r\n\r\n'],
  ['JSON that is no object', () => 'null\n'],
  ['a line without an end', () => 'x'.repeat(10_000)],
])('%s is shown the door, the right one is heard afterwards', async (_, text) => {
  const channel = await open()
  const stranger = await call(channel, text())
  await once(stranger, 'close')
  await call(channel, hello(channel.token))
  expect(await channel.hello).toEqual({ spark: '4.1.4', python: '3.11.7', pid: 12 })
})

test('after the hello nobody else is let in', async () => {
  const channel = await open()
  await call(channel, hello(channel.token))
  await channel.hello
  const second = connect(channel.port, '127.0.0.1')
  const [error] = await once(second, 'error')
  expect(error).toMatchObject({ code: 'ECONNREFUSED' })
})

test('messages arrive whole however they are cut, orders go out as lines', async () => {
  const channel = await open()
  const heard: DriverMessage[] = []
  channel.onMessage = message => heard.push(message)
  const driver = await call(channel, hello(channel.token))
  await channel.hello
  const text = Buffer.from('{"id":1,"progress":{"note":"é"}}\n{"id":1,"done":true}\n')
  for (const byte of text) {
    driver.write(Buffer.of(byte))
    await new Promise(resolve => setImmediate(resolve))
  }
  await expect
    .poll(() => heard)
    .toEqual([
      { id: 1, progress: { note: 'é' } },
      { id: 1, done: true },
    ])
  channel.send({ id: 2, module: 'm', job: 'file:/x' })
  channel.send({ stop: true })
  let got = ''
  driver.on('data', data => {
    got += data
  })
  await expect.poll(() => got).toBe('{"id":2,"module":"m","job":"file:/x"}\n{"stop":true}\n')
})

test('what no driver says ends the connection, and that is noticed', async () => {
  const channel = await open()
  await call(channel, `${hello(channel.token)}{"id":"one"}\n`)
  await channel.closed
})
